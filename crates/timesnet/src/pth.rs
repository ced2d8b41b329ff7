//! PyTorch's `.pth` files: a zip archive with a pickled dictionary and one entry a tensor.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use candle_core::pickle::{PthTensors, TensorInfo};
use candle_core::{Device, Tensor};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::stored::Stored;
use crate::{Result, TimesNetError, pickle_size};

/// Largest pickle read, for a network of so many tensors: far more than names and shapes need.
fn largest_pickle(tensors: usize) -> u64 {
    (1 << 18) + 512 * tensors as u64
}

/// Stack of the thread that reads a pickle: nested objects are copied and freed recursively.
const STACK: usize = 1 << 28;

fn refuse(path: &Path, problem: impl Into<String>) -> TimesNetError {
    TimesNetError::Format { path: path.to_owned(), problem: problem.into() }
}

/// A file's tensors: names and shapes are known, values are read one by one.
pub(crate) struct Pth(PthTensors);

impl Pth {
    /// Reads names and shapes only, of a file for a network of so many tensors.
    pub(crate) fn open(path: &Path, tensors: usize) -> Result<Self> {
        let file = File::open(path).map_err(|source| TimesNetError::Io {
            action: "read",
            path: path.to_owned(),
            source,
        })?;
        let mut archive = zip::ZipArchive::new(BufReader::new(file))
            .map_err(|_| refuse(path, "not a zip archive, which PyTorch writes since 1.6"))?;
        check_pickles(&mut archive, path, tensors)?;
        let own = path.to_owned();
        let reader = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || PthTensors::new(&own, None).map_err(|error| first_line(&error)))
            .map_err(|source| TimesNetError::Io {
                action: "read",
                path: path.to_owned(),
                source,
            })?;
        match reader.join() {
            Ok(Ok(tensors)) => Ok(Self(tensors)),
            Ok(Err(problem)) => Err(refuse(path, problem)),
            Err(_) => Err(refuse(path, "its pickle is damaged")),
        }
    }

    pub(crate) fn stored(&self) -> BTreeMap<String, Stored> {
        let infos = self.0.tensor_infos().iter();
        let stored = |(name, info): (&String, &TensorInfo)| {
            let shape = info.layout.dims().to_vec();
            let kind = info.dtype.as_str().to_uppercase();
            (name.clone(), Stored { shape, kind, fractional: info.dtype.is_float() })
        };
        infos.map(stored).collect()
    }

    /// A tensor whose shape was found acceptable.
    pub(crate) fn tensor(&self, name: &str, path: &Path, device: &Device) -> Result<Tensor> {
        // The pickle may name layouts that the reader panics at.
        match catch_unwind(AssertUnwindSafe(|| self.0.get(name))) {
            Ok(Ok(Some(tensor))) => Ok(tensor.to_device(device)?),
            Ok(Ok(None)) => Err(refuse(path, format!("`{name}` has no values"))),
            Ok(Err(error)) => Err(refuse(path, format!("`{name}`: {}", first_line(&error)))),
            Err(_) => Err(refuse(path, format!("the entry of `{name}` is damaged"))),
        }
    }
}

/// Refuses a pickle that would grow beyond bounds, or more than one: the reader keeps what all of
/// them name.
fn check_pickles(
    archive: &mut zip::ZipArchive<BufReader<File>>,
    path: &Path,
    tensors: usize,
) -> Result<()> {
    let largest = largest_pickle(tensors);
    let failed = |error: &dyn std::fmt::Display| refuse(path, error.to_string());
    let mut pickles = 0;
    for index in 0..archive.len() {
        let name = archive.by_index_raw(index).and_then(|entry| Ok(entry.name()?.into_owned()));
        if !name.map_err(|e| failed(&e))?.ends_with("data.pkl") {
            continue;
        }
        pickles += 1;
        if pickles > 1 {
            return Err(refuse(path, "it has more than one pickle; PyTorch writes one"));
        }
        let entry = archive.by_index(index).map_err(|e| failed(&e))?;
        let mut pickle = Vec::new();
        entry.take(largest + 1).read_to_end(&mut pickle).map_err(|e| failed(&e))?;
        if pickle.len() as u64 > largest {
            let problem =
                format!("its pickle has more than {largest} bytes; this network's has fewer");
            return Err(refuse(path, problem));
        }
        pickle_size::check(&pickle, tensors).map_err(|problem| refuse(path, problem))?;
    }
    Ok(())
}

// candle's errors may carry a backtrace after their first line.
pub(crate) fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// A state dictionary as `torch.save` writes it.
pub(crate) fn bytes(tensors: &[(String, Tensor)], path: &Path) -> Result<Vec<u8>> {
    let failed = |error: &dyn std::fmt::Display| refuse(path, error.to_string());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut entry = |name: &str, bytes: &[u8]| -> Result<()> {
        archive.start_file(format!("archive/{name}"), options).map_err(|e| failed(&e))?;
        archive.write_all(bytes).map_err(|e| failed(&e))
    };
    entry("data.pkl", &pickle(tensors))?;
    entry("byteorder", b"little")?;
    for (index, (_, tensor)) in tensors.iter().enumerate() {
        let values = tensor.flatten_all()?.to_vec1::<f32>()?;
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        entry(&format!("data/{index}"), &bytes)?;
    }
    entry("version", b"3\n")?;
    Ok(archive.finish().map_err(|e| failed(&e))?.into_inner())
}

/// Protocol 2: an ordered dictionary from names to `torch._utils._rebuild_tensor_v2(storage, offset,
/// shape, strides, requires_grad, hooks)`.
fn pickle(tensors: &[(String, Tensor)]) -> Vec<u8> {
    const EMPTY_DICTIONARY: &[u8] = b"ccollections\nOrderedDict\n)R";
    let mut out = b"\x80\x02".to_vec();
    out.extend(EMPTY_DICTIONARY);
    out.push(b'(');
    for (index, (name, tensor)) in tensors.iter().enumerate() {
        text(&mut out, name);
        out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut out, "storage");
        out.extend(b"ctorch\nFloatStorage\n");
        text(&mut out, &index.to_string());
        text(&mut out, "cpu");
        integer(&mut out, tensor.elem_count());
        out.extend(b"tQ");
        integer(&mut out, 0);
        let dims = tensor.dims();
        let strides = (0..dims.len()).map(|axis| dims[axis + 1..].iter().product::<usize>());
        tuple(&mut out, dims.iter().copied());
        tuple(&mut out, strides);
        out.push(b'\x89'); // no gradient wanted
        out.extend(EMPTY_DICTIONARY);
        out.extend(b"tR");
    }
    out.extend(b"u.");
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'X');
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

fn integer(out: &mut Vec<u8>, value: usize) {
    out.push(b'J');
    out.extend((value as i32).to_le_bytes());
}

fn tuple(out: &mut Vec<u8>, values: impl Iterator<Item = usize>) {
    out.push(b'(');
    values.for_each(|value| integer(out, value));
    out.push(b't');
}
