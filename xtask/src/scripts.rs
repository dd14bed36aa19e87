//! The page's JavaScript as it is sent: without the comments and the indentation that only its authors need.

/// Removes lines that are nothing but comment, and white space at the beginning of lines. Template literals stay as they are.
pub(crate) fn without_comments(source: &str) -> String {
    let mut kept = String::with_capacity(source.len());
    let mut in_comment = false;
    let mut in_template = false;
    for line in source.lines() {
        if in_template {
            in_template = !opens_or_closes_template(line);
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        let mut code = line.trim();
        if in_comment || code.starts_with("/*") {
            let end = code.split_once("*/");
            in_comment = end.is_none();
            code = end.map_or("", |(_, rest)| rest.trim_start());
        }
        if !code.is_empty() && !code.starts_with("//") {
            in_template = opens_or_closes_template(code);
            // White space at the end of a template's first line is the template's.
            kept.push_str(if in_template { line.trim_start() } else { code });
            kept.push('\n');
        }
    }
    kept
}

/// Whether a line has an odd number of backticks.
fn opens_or_closes_template(line: &str) -> bool {
    let escaped = line.matches("\\`").count();
    (line.matches('`').count() - escaped) % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_go() {
        let source = "// A file.\n\n/** One line. */\nfunction a() {\n  /**\n   * Two\n   */\n  return 1; // one\n}\n";
        assert_eq!(
            without_comments(source),
            "function a() {\nreturn 1; // one\n}\n"
        );
    }

    #[test]
    fn code_behind_a_comment_stays() {
        assert_eq!(
            without_comments("/* a */ b();\n/*\n c */ d();\n"),
            "b();\nd();\n"
        );
    }

    #[test]
    fn addresses_and_regular_expressions_stay() {
        for line in [
            "const a = \"https://example.org\";\n",
            "const b = /^\\/\\*/.test(c);\n",
        ] {
            assert_eq!(without_comments(line), line);
        }
    }

    #[test]
    fn template_literals_stay_as_they_are() {
        let source = "const a = `  \n  // text\n\n  /* text */\n`;\n  // comment\n";
        assert_eq!(
            without_comments(source),
            "const a = `  \n  // text\n\n  /* text */\n`;\n"
        );
        let nested = "const b = `${c ? `x` : \"\\`\"}`;\n  const d = 1;\n";
        assert_eq!(
            without_comments(nested),
            "const b = `${c ? `x` : \"\\`\"}`;\nconst d = 1;\n"
        );
    }
}
