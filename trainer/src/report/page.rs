//! The report's page as one file. Browsers import no module from the disk: the modules of www/report, and those that
//! they share with the captioner's page, become one script of the page itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const TEMPLATE: &str = include_str!("../../../www/report/index.html");

/// What the captioner's page looks like: colours in light and dark, and letters.
pub(crate) const BASE_STYLE: &str = include_str!("../../../www/page/style/base.css");

/// The style sheets, those of the captioner's page first.
const STYLES: [&str; 5] = [
    BASE_STYLE,
    include_str!("../../../www/page/style/photo.css"),
    include_str!("../../../www/page/style/caption.css"),
    include_str!("../../../www/page/style/gallery.css"),
    include_str!("../../../www/report/report.css"),
];

/// A module's file below `www`, with what it holds.
macro_rules! module {
    ($path:literal) => {
        ($path, include_str!(concat!("../../../www/", $path)))
    };
}

/// Each module after those that it imports.
const MODULES: [(&str, &str); 14] = [
    module!("shared/direction.js"),
    module!("shared/make.js"),
    module!("shared/confidence.js"),
    module!("shared/maps.js"),
    module!("shared/mapped-photo.js"),
    module!("shared/word-list.js"),
    module!("shared/list-window.js"),
    module!("shared/choice-list.js"),
    module!("report/data.js"),
    module!("report/choice.js"),
    module!("report/confusion-table.js"),
    module!("report/reliability-curve.js"),
    module!("report/photo-view.js"),
    module!("report/report.js"),
];

/// The page with its data as JSON.
pub(super) fn page(data: &str) -> String {
    let style = STYLES.concat();
    let script: String = MODULES
        .iter()
        .map(|(_, text)| without_links(text))
        .collect();
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; img-src 'self'; base-uri 'none'; form-action 'none'",
        sum(&script),
        sum(&style)
    );
    // In JSON it stands within strings alone, where this is the same. So nothing ends the element.
    let data = data.replace('<', "\\u003c");
    fill(TEMPLATE, &[&policy, &style, &data, &script])
}

/// A template with its parts in their places.
pub(crate) fn fill(template: &str, parts: &[&str]) -> String {
    let mut page = String::new();
    for (text, part) in template
        .split("{{}}")
        .zip(parts.iter().copied().chain([""]))
    {
        page += text;
        page += part;
    }
    page
}

/// A module's text as part of one script: its imports stand before it there, and nothing imports from it.
fn without_links(module: &str) -> String {
    let mut text = String::new();
    let mut is_import = false;
    for line in module.lines() {
        is_import |= line.starts_with("import ");
        if is_import {
            is_import = !line.ends_with(';');
        } else {
            text += line.strip_prefix("export ").unwrap_or(line);
            text.push('\n');
        }
    }
    text
}

/// What a policy calls an inline script or style by.
pub(crate) fn sum(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a module imports from, by the files' names.
    fn imported(module: &str) -> Vec<&str> {
        let froms = module.lines().filter(|line| !line.starts_with("/*"));
        let froms = froms.filter_map(|line| line.split_once(" from \""));
        froms
            .filter_map(|(_, address)| address.trim_end_matches("\";").rsplit('/').next())
            .collect()
    }

    #[test]
    fn each_module_stands_after_those_that_it_imports() {
        let mut before = Vec::new();
        for (path, text) in MODULES {
            for file in imported(text) {
                assert!(before.contains(&file), "{path} imports {file}");
            }
            before.extend(path.rsplit('/').next());
        }
        assert_eq!(imported(MODULES[5].1), ["confidence.js", "make.js"]);
    }

    #[test]
    fn the_script_has_no_links_left_and_ends_nothing() {
        let script: String = MODULES
            .iter()
            .map(|(_, text)| without_links(text))
            .collect();
        for line in script.lines() {
            assert!(
                !line.starts_with("import ") && !line.starts_with("export "),
                "{line}"
            );
        }
        assert!(script.contains("\nfunction drawHeat("));
        assert!(!script.contains("</script") && !script.contains("<!--"));
        assert!(!STYLES.concat().contains('<'));
    }

    #[test]
    fn the_parts_stand_in_their_places() {
        assert_eq!(TEMPLATE.matches("{{}}").count(), 4);
        let page = page(r#"{"name":"</script><b>"}"#);
        assert!(!page.contains("{{}}"));
        assert!(page.contains(r#"{"name":"\u003c/script>\u003cb>"}"#));
        assert!(page.ends_with("</html>\n"));
        // A sum is of what stands between the tags, to the byte.
        let (_, rest) = page.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        assert!(page.contains(&format!("style-src '{}'", sum(style))));
        let (_, rest) = page.split_once("<script type=\"module\">").unwrap();
        let (script, _) = rest.split_once("</script>").unwrap();
        assert!(page.contains(&format!("script-src '{}'", sum(script))));
    }
}
