use crate::cleaning::figures;
use crate::pages::{every_page, root};

/// Words and numbers of a text, in turn.
fn parts(text: &str) -> Vec<&str> {
    let digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let runs = text.as_bytes().chunk_by(|a, b| digit(a) == digit(b));
    runs.filter_map(|run| std::str::from_utf8(run).ok()).collect()
}

/// Whether two parts are the same, or numbers that differ by one of the last digit: the products of
/// matrices are rounded as the processor's widest registers have it, and a pixel may lie on an edge.
fn alike(a: &str, b: &str) -> bool {
    let Some((x, y)) = a.parse::<f64>().ok().zip(b.parse::<f64>().ok()) else { return a == b };
    let digits = |text: &str| text.split_once('.').map_or(0, |(_, after)| after.len());
    let last = 10_f64.powi(-(digits(a).min(digits(b)) as i32));
    (x - y).abs() <= 1.001 * last
}

/// The pictures of the page on cleaning are those that the example draws.
#[test]
fn pictures_are_those_that_the_command_draws() {
    let pages = every_page();
    let shown = |name: &str| {
        let image = format!("figures/{name})");
        pages.iter().any(|page| page.text.contains(&image))
    };
    let drawn = figures().unwrap();
    assert!(drawn.len() > 5);
    for (name, svg) in &drawn {
        assert!(shown(name), "{name} is drawn and not shown");
        let file = root().join("docs/src/figures").join(name);
        let there = std::fs::read_to_string(&file).unwrap();
        assert!(there.len() < 50_000, "{name} is of {} bytes", there.len());
        let (old, new) = (parts(&there), parts(svg));
        let off = old.iter().zip(&new).position(|(a, b)| !alike(a, b));
        assert!(
            off.is_none() && old.len() == new.len(),
            "{name} is not what `clean_figures` draws: draw it again; from {:?}",
            off.map(|at| (&old[at], &new[at]))
        );
    }
    let files = std::fs::read_dir(root().join("docs/src/figures")).unwrap();
    for file in files {
        let name = file.unwrap().file_name().into_string().unwrap();
        let ours = name.starts_with("clean-") || name.starts_with("quality-");
        assert!(!ours || drawn.iter().any(|(drawn, _)| *drawn == name), "nothing draws {name}");
    }
}
