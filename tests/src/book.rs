//! The Rust blocks of the book and of the front page, as doctests. What else they say (commands,
//! files, keys, links) is checked by the test `book`.

macro_rules! pages {
    ($($name:ident: $path:literal,)*) => {
        $(#[doc = include_str!(concat!("../../", $path))] struct $name;)*
    };
}

pages! {
    FrontPage: "README.md",
    Demo: "docs/src/demo.md",
    Real: "docs/src/real.md",
    Vmd: "docs/src/method/vmd.md",
    TimesNet: "docs/src/method/timesnet.md",
    Graph: "docs/src/method/graph.md",
    Counts: "docs/src/method/counts.md",
    Ratio: "docs/src/ratio.md",
    FormatExamples: "docs/src/reference/format-examples.md",
    RunDirectory: "docs/src/reference/run-directory.md",
}
