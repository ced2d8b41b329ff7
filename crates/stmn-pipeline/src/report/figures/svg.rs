/// The drawing with a title that is read aloud, scaling to the width that it is given. It has no
/// ids, so that many of them can stand in one page.
pub(super) fn accessible(drawn: &str, title: &str, width: u32, height: u32) -> String {
    let body = drawn.split_once('>').map_or(drawn, |(_, body)| body);
    let title = escaped(title);
    let (css_width, css_height) = (width / 2, height / 2);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{css_width}\" height=\"{css_height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\">\n\
         <title>{title}</title>{}\n",
        compact(body).trim_end()
    )
}

/// What `plotters` writes although it is the default.
fn compact(body: &str) -> String {
    body.replace(" opacity=\"1\"", "").replace(" \"/>", "\"/>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
