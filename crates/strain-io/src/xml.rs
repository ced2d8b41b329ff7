//! XML as the readers of QuakeML and StationXML walk it: elements by their local names, text with
//! its references resolved, in bounded memory.

use std::io::{BufRead, Read, Take};
use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::bad_row::{BadRow, RowProblem};
use crate::text::open;
use crate::{Result, StrainIoError};

/// The longest tag or stretch of text that is read.
const LONGEST: u64 = 1 << 20;
/// How deep elements may lie in one another.
const DEEPEST: usize = 64;

/// One step of the walk.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// An element begins: it is now the last of [`Walk::path`].
    Begin,
    /// The element that is the last of [`Walk::path`] ends; the text that stood in it outside of
    /// other elements.
    End(String),
    /// The file has ended with every element closed.
    Done,
}

/// A walk through the elements of a file.
pub(crate) struct Walk {
    file: PathBuf,
    reader: Reader<Take<Box<dyn BufRead>>>,
    buffer: Vec<u8>,
    path: Vec<String>,
    texts: Vec<String>,
    attributes: Vec<(String, String)>,
    /// An element that has ended is taken from the path at the next step.
    ended: bool,
    /// Of an element without content the end is still to come.
    empty: bool,
}

impl Walk {
    pub(crate) fn open(file: &Path) -> Result<Self> {
        let mut reader = Reader::from_reader(open(file)?.take(LONGEST));
        reader.config_mut().check_end_names = true;
        Ok(Self {
            file: file.to_owned(),
            reader,
            buffer: Vec::new(),
            path: Vec::new(),
            texts: Vec::new(),
            attributes: Vec::new(),
            ended: false,
            empty: false,
        })
    }

    /// Local names of the elements that are open, outermost first.
    pub(crate) fn path(&self) -> &[String] {
        &self.path
    }

    /// An attribute of the element that began last.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// How far the file has been read, bytes.
    pub(crate) fn byte(&self) -> u64 {
        self.reader.buffer_position()
    }

    /// The next step; a fault of the XML is an error, since nothing after it can be trusted.
    pub(crate) fn step(&mut self) -> Result<Step> {
        if std::mem::take(&mut self.ended) {
            self.path.pop();
        }
        if std::mem::take(&mut self.empty) {
            return Ok(self.end());
        }
        loop {
            self.buffer.clear();
            // The allowance is for one tag or text at a time.
            self.reader.get_mut().set_limit(LONGEST);
            let at = self.reader.buffer_position();
            let event = self.reader.read_event_into(&mut self.buffer);
            let found = match event {
                Ok(event) => Found::of(event).map_err(|problem| self.fault(at, problem))?,
                Err(quick_xml::Error::Io(source)) => {
                    let source = std::io::Error::new(source.kind(), source);
                    return Err(StrainIoError::Io {
                        action: "read",
                        path: self.file.clone(),
                        source,
                    });
                }
                Err(error) => return Err(self.fault(at, error.to_string())),
            };
            match found {
                Found::Begin { name, attributes, empty } => {
                    if self.path.len() == DEEPEST {
                        return Err(self.fault(at, format!("elements more than {DEEPEST} deep")));
                    }
                    self.path.push(name);
                    self.texts.push(String::new());
                    (self.attributes, self.empty) = (attributes, empty);
                    return Ok(Step::Begin);
                }
                Found::End => return Ok(self.end()),
                Found::Text(text) => self.append(&text, at)?,
                Found::Nothing => {}
                Found::Done if self.path.is_empty() => return Ok(Step::Done),
                Found::Done => {
                    let open = self.path.last().map_or("", String::as_str).to_owned();
                    let problem =
                        format!("the file ends, or goes on for {LONGEST} bytes, in `{open}`");
                    return Err(self.fault(at, problem));
                }
            }
        }
    }

    fn append(&mut self, text: &str, at: u64) -> Result<()> {
        let Some(last) = self.texts.last_mut() else { return Ok(()) };
        if last.len() + text.len() > LONGEST as usize {
            return Err(self.fault(at, format!("text of more than {LONGEST} bytes")));
        }
        last.push_str(text);
        Ok(())
    }

    fn end(&mut self) -> Step {
        self.ended = true;
        Step::End(self.texts.pop().unwrap_or_default().trim().to_owned())
    }

    fn fault(&self, at: u64, problem: String) -> StrainIoError {
        let reason = RowProblem::Undecodable { problem };
        StrainIoError::Row(BadRow::at_byte(&self.file, at, reason, "XML"))
    }
}

/// What of an event of the reader counts.
enum Found {
    Begin { name: String, attributes: Vec<(String, String)>, empty: bool },
    End,
    Text(String),
    Nothing,
    Done,
}

impl Found {
    fn of(event: Event<'_>) -> Result<Self, String> {
        let begin = |tag: &quick_xml::events::BytesStart<'_>, empty| {
            let mut attributes = Vec::new();
            for attribute in tag.attributes() {
                let attribute = attribute.map_err(|error| error.to_string())?;
                let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
                let value = value.map_err(|error| error.to_string())?.into_owned();
                attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
            }
            let name = tag.local_name().as_ref().to_owned();
            Ok::<_, String>(Self::Begin { name, attributes, empty })
        };
        match event {
            Event::Start(tag) => begin(&tag, false),
            Event::Empty(tag) => begin(&tag, true),
            Event::End(_) => Ok(Self::End),
            Event::Text(text) => Ok(Self::Text(text.xml10_content().into_owned())),
            Event::CData(text) => Ok(Self::Text(text.xml10_content().into_owned())),
            Event::GeneralRef(reference) => resolved(&reference).map(Self::Text),
            Event::Eof => Ok(Self::Done),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {
                Ok(Self::Nothing)
            }
        }
    }
}

/// The character that `&amp;` or `&#228;` stands for. Entities that a document defines itself are
/// not followed: they can make megabytes of a line.
fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let name = reference.xml10_content();
    let known = quick_xml::escape::resolve_xml_entity(&name);
    known.map(str::to_owned).ok_or_else(|| format!("the entity `&{name};` is not known"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn walk(content: &[u8]) -> Result<Vec<(String, String)>> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.xml");
        std::fs::write(&file, content).unwrap();
        let mut walk = Walk::open(&file)?;
        let mut ends = Vec::new();
        loop {
            match walk.step()? {
                Step::Begin => {}
                Step::End(text) => ends.push((walk.path().join("/"), text)),
                Step::Done => return Ok(ends),
            }
        }
    }

    #[test]
    fn elements_by_local_names_with_their_text() {
        let ends = walk(
            b"<?xml version='1.0'?><!-- c --><q:a xmlns:q='x'><b k='1'/><c> x &amp; &#228;<![CDATA[<y>]]> </c></q:a>",
        );
        let expected = [("a/b", ""), ("a/c", "x & \u{e4}<y>"), ("a", "")];
        let expected = expected.map(|(path, text)| (path.to_owned(), text.to_owned()));
        assert_eq!(ends.unwrap(), expected);
    }

    #[test]
    fn faults_are_located() {
        let deep = "<a>".repeat(65);
        let long = format!("<a>{}</a>", "x".repeat(LONGEST as usize + 1));
        let half = "x".repeat(LONGEST as usize / 2 + 1);
        let parts = format!("<a>{half}<!-- -->{half}</a>");
        let named = format!("<{}/>", "x".repeat(LONGEST as usize + 1));
        for (text, words) in [
            ("<a><b></a>", "byte 6"),
            ("<a>", "in `a`"),
            ("<a>&lol;</a>", "entity `&lol;`"),
            (deep.as_str(), "64 deep"),
            (long.as_str(), "goes on for 1048576 bytes, in `a`"),
            (parts.as_str(), "text of more than"),
            (named.as_str(), "byte 0"),
            ("<a>\u{0}<", "byte"),
        ] {
            let error = walk(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(words), "{words}: {error}");
        }
        assert_eq!(walk(b"").unwrap(), []);
    }

    proptest! {
        #[test]
        fn any_text_is_walked_or_an_error(text in "(<[a-c/]{1,3}>|&[a-z#0-9]{0,4};|[<>&\"'= a-c!?-]){0,40}") {
            let _ = walk(text.as_bytes());
        }
    }
}
