use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use sigmoid_stats::{FrozenProtocol, Protocol};

use crate::cli::EvaluateArgs;
use crate::failure::Failure;
use crate::output::{print_json, print_text};

/// Days of an alarm where neither an option nor a protocol says.
const PERIOD_DAYS: usize = 30;

#[derive(Serialize)]
struct FreezeDocument {
    schema: &'static str,
    #[serde(flatten)]
    frozen: FrozenProtocol,
    file: PathBuf,
}

/// The options, over the frozen choices, over the defaults.
pub(super) fn protocol(
    args: &EvaluateArgs,
    frozen: Option<&Protocol>,
) -> Result<Protocol, Failure> {
    let from = args.from.or(frozen.map(|f| f.first_day));
    let to = args.to.or(frozen.map(|f| f.last_day));
    let (Some(from), Some(to)) = (from, to) else {
        return Err(Failure::new("a test span is needed: --from and --to"));
    };
    let period = args.period.or(frozen.map(|f| f.period_days)).unwrap_or(PERIOD_DAYS);
    let mut protocol = Protocol::new(from, to, period);
    protocol.near = args.near.or(frozen.and_then(|f| f.near));
    protocol.max_distance_km = args.radius.or(frozen.and_then(|f| f.max_distance_km));
    if protocol.near.is_some() != protocol.max_distance_km.is_some() {
        return Err(Failure::new("--near and a largest distance (--radius) go together"));
    }
    protocol.decluster = args.decluster.map(Into::into).or(frozen.and_then(|f| f.decluster));
    if let Some(threshold) = args.threshold.or(frozen.map(|f| f.threshold)) {
        protocol = protocol.with_threshold(threshold);
    }
    if let Some(magnitude) = args.min_magnitude.or(frozen.map(|f| f.min_magnitude)) {
        protocol = protocol.with_min_magnitude(magnitude);
    }
    protocol.validate().map_err(|error| Failure::of("this protocol cannot be used", error))?;
    Ok(protocol)
}

/// A frozen protocol that nobody edited, and whose hash is the one that was published.
pub(super) fn read_protocol(
    path: &Path,
    published: Option<&str>,
) -> Result<FrozenProtocol, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::of(format!("cannot read {}", path.display()), error))?;
    let none = |error| Failure::of(format!("{} is no frozen protocol", path.display()), error);
    let value: serde_json::Value = serde_json::from_str(&text).map_err(none)?;
    if value.get("hash").is_some() && value.get("frozen_at").is_none() {
        return Err(Failure::new(format!(
            "{} does not say when it was frozen (`frozen_at`), as those of earlier versions: it cannot \
             show that it was before the test span; freeze the choices anew",
            path.display()
        )));
    }
    let frozen: FrozenProtocol = serde_json::from_value(value).map_err(none)?;
    let unusable = |error| Failure::of(format!("{} cannot be used", path.display()), error);
    frozen.verify().map_err(unusable)?;
    match published {
        Some(hash) if !hash.trim().eq_ignore_ascii_case(&frozen.hash) => {
            Err(Failure::new(format!(
                "{} has the hash {}, not the expected {hash}: it is not the protocol that was published",
                path.display(),
                frozen.hash
            )))
        }
        _ => Ok(frozen),
    }
}

pub(super) fn freeze(protocol: &Protocol, file: &Path, json: bool) -> Result<(), Failure> {
    if file.symlink_metadata().is_ok() {
        return Err(Failure::new(format!(
            "{} is there already, and what is frozen stays so; name another file",
            file.display()
        )));
    }
    let second = Timestamp::now().as_second();
    let now = Timestamp::from_second(second)
        .map_err(|error| Failure::of("the clock of this machine cannot be used", error))?;
    let frozen = protocol
        .freeze(now)
        .map_err(|error| Failure::of("this protocol cannot be frozen", error))?;
    let text = serde_json::to_string_pretty(&frozen)
        .map_err(|error| Failure::of("cannot write the protocol as JSON", error))?;
    strain_io::write_atomically(file, |out| {
        std::io::Write::write_all(out, (text + "\n").as_bytes())
    })
    .map_err(|error| Failure::of(format!("cannot write {}", file.display()), error))?;
    if json {
        let schema = "stmn.evaluate-freeze/1";
        return print_json(&FreezeDocument { schema, frozen, file: file.to_owned() });
    }
    let FrozenProtocol { hash, frozen_at, .. } = &frozen;
    print_text(&format!("{hash}\nfrozen at {frozen_at} in {}; publish the hash\n", file.display()))
}
