//! Tables as spreadsheets and people write them: the separator is told by the first line, quotes hold
//! separators and line ends, and a line `sep=;` may stand before.

use std::io::Cursor;

use csv::StringRecord;

const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Endings that photos have, those that are not read among them.
const PHOTO_ENDINGS: [&str; 16] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif",
    "avif", "jxl", "mov", "mp4",
];

/// Whether a cell names a photo's file.
pub(super) fn names_a_photo(cell: &str) -> bool {
    let ending = cell.trim().rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| {
        PHOTO_ENDINGS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(ending))
    })
}

/// A table's text and its dialect.
pub(super) struct Table<'a> {
    text: &'a str,
    /// The number, from 1, of the text's first line in its file.
    first_line: u64,
    separator: u8,
}

/// What a row is read by.
pub(super) struct Columns {
    /// How many there are.
    pub(super) count: usize,
    /// The photo's.
    pub(super) photo: usize,
    /// Whether the last one is a caption, which may hold separators.
    pub(super) last_is_caption: bool,
    /// Whether the first line is a row already.
    pub(super) headless: bool,
}

impl<'a> Table<'a> {
    /// A table whose first line's cells, were they parted rightly, are what `fits` wants; where no separator
    /// parts them so, the one that it has most of.
    pub(super) fn new(text: &'a str, fits: impl Fn(&[String]) -> bool) -> Self {
        let mut rest = text;
        let mut first_line = 1;
        let mut given = None;
        // Empty lines and Excel's own line may stand before.
        loop {
            let line = rest.split_inclusive('\n').next().unwrap_or_default();
            let bare = line.trim().trim_matches('"');
            if let Some(separator) = bare
                .strip_prefix("sep=")
                .or_else(|| bare.strip_prefix("SEP="))
            {
                // A tab has been trimmed.
                given = Some(separator.bytes().next().unwrap_or(b'\t'));
            } else if line.is_empty() || !bare.is_empty() {
                break;
            }
            rest = &rest[line.len()..];
            first_line += 1;
        }
        let mut this = Self {
            text: rest,
            first_line,
            separator: b',',
        };
        let cells = |separator| Self { separator, ..this }.first();
        let fitting = SEPARATORS
            .into_iter()
            .find(|&separator| fits(&cells(separator)));
        let most = SEPARATORS
            .into_iter()
            .rev()
            .max_by_key(|&separator| cells(separator).len());
        let given = given.filter(u8::is_ascii);
        this.separator = given.or(fitting).or(most).unwrap_or(b',');
        this
    }

    /// The first line's cells.
    pub(super) fn first(&self) -> Vec<String> {
        let mut record = StringRecord::new();
        let line = self.text.lines().next().unwrap_or_default();
        let _ = self.reader(line).read_record(&mut record);
        record.iter().map(|cell| cell.trim().to_owned()).collect()
    }

    fn reader<'t>(&self, text: &'t str) -> csv::Reader<Cursor<&'t [u8]>> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            // Nobody writes quotes around what stands between bars.
            .quoting(self.separator != b'|')
            .from_reader(Cursor::new(text.as_bytes()))
    }

    /// Gives each row's line and cells, as many as there are columns, to `each`; or what is wrong with it.
    pub(super) fn rows(
        &self,
        columns: &Columns,
        mut each: impl FnMut(u64, Result<Vec<String>, String>),
    ) {
        let mut rest = self.text;
        let mut line = self.first_line;
        if !columns.headless {
            let header = rest.split_inclusive('\n').next().unwrap_or_default();
            rest = &rest[header.len()..];
            line += 1;
        }
        // From a quotation mark that is not closed on, rows are read anew.
        while !rest.is_empty() {
            let mut reader = self.reader(rest);
            let mut record = StringRecord::new();
            let mut start = 0;
            let (first, mut lines) = (line, 0);
            let mut again = false;
            while let Ok(true) = reader.read_record(&mut record) {
                let end = reader.position().byte() as usize;
                let raw = &rest[start..end];
                let skipped = raw.len() - raw.trim_start_matches(['\r', '\n']).len();
                let blank = raw[..skipped].matches('\n').count() as u64;
                let place = first + lines + blank;
                let own = &raw[skipped..];
                if let Some(length) = self.unclosed(own, columns) {
                    each(place, Err("a quotation mark is not closed".to_owned()));
                    rest = &rest[start + skipped + length..];
                    line = place + 1;
                    again = true;
                    break;
                }
                if record.iter().any(|cell| !cell.trim().is_empty()) {
                    each(place, self.cells(&record, columns));
                }
                lines += raw.matches('\n').count() as u64;
                start = end;
            }
            if !again {
                break;
            }
        }
    }

    /// The length of a row's first line, where another row begins within the row: one of its quotation marks is
    /// not closed.
    fn unclosed(&self, row: &str, columns: &Columns) -> Option<usize> {
        let row = row.trim_end();
        let (first, others) = row.split_once('\n')?;
        let is_row = others.lines().any(|line| {
            let mut record = StringRecord::new();
            let _ = self.reader(line).read_record(&mut record);
            record.len() == columns.count && record.get(columns.photo).is_some_and(names_a_photo)
        });
        is_row.then_some(first.len() + 1)
    }

    fn cells(&self, record: &StringRecord, columns: &Columns) -> Result<Vec<String>, String> {
        let mut cells: Vec<_> = record.iter().map(str::to_owned).collect();
        while cells.len() > columns.count && cells.last().is_some_and(|cell| cell.trim().is_empty())
        {
            cells.pop();
        }
        if cells.len() > columns.count {
            if !columns.last_is_caption {
                return Err(format!(
                    "{} cells, but the first line has {}",
                    cells.len(),
                    columns.count
                ));
            }
            let separator = char::from(self.separator).to_string();
            let last = cells.split_off(columns.count - 1).join(&separator);
            cells.push(last);
        }
        cells.resize(columns.count, String::new());
        Ok(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(cells: &[String]) -> bool {
        cells.iter().any(|cell| cell == "photo") && cells.iter().any(|cell| cell == "text")
    }

    fn rows(text: &str) -> Vec<(u64, Result<Vec<String>, String>)> {
        let table = Table::new(text, fits);
        let columns = Columns {
            count: table.first().len(),
            photo: 0,
            last_is_caption: true,
            headless: false,
        };
        let mut rows = Vec::new();
        table.rows(&columns, |line, row| rows.push((line, row)));
        rows
    }

    fn texts(text: &str) -> Vec<String> {
        let rows = rows(text).into_iter();
        rows.map(|(_, row)| row.unwrap().pop().unwrap()).collect()
    }

    #[test]
    fn every_spreadsheets_dialect_says_the_same() {
        for separator in [",", ";", "\t"] {
            for end in ["\n", "\r\n"] {
                let line = |cells: [&str; 2]| cells.join(separator) + end;
                let text = line(["photo", "text"])
                    + &line(["a.jpg", "\"one, two; three \"\"four\"\"\""])
                    + end
                    + &line(["b.jpg", "\"five\nsix\""]);
                let expected = ["one, two; three \"four\"", "five\nsix"];
                assert_eq!(texts(&text), expected, "{separator:?} {end:?}");
                let marked = format!("sep={separator}{end}{text}");
                assert_eq!(texts(&marked), expected, "{marked:?}");
            }
        }
        assert_eq!(texts("photo|text\na.jpg| a \" b | c\n"), [" a \" b | c"]);
        assert_eq!(
            texts("photo,text\na.jpg,A dog, running\n"),
            ["A dog, running"]
        );
        assert_eq!(texts("photo,text\na.jpg,A dog,,\n,,,\n"), ["A dog"]);
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_costs_its_row_only() {
        let rows = rows("photo,text\na.jpg,one\nb.jpg,\"two\nc.jpg,three\nd.jpg,four\"\n");
        let lines: Vec<_> = rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 5]);
        assert!(rows[1].1.as_ref().unwrap_err().contains("quotation mark"));
        assert_eq!(rows[2].1.as_ref().unwrap()[1], "three");
    }

    #[test]
    fn rows_know_their_lines() {
        let lines: Vec<_> = rows("\nphoto;text\n\na;\"b\nc\"\n\n\nd;e\n")
            .iter()
            .map(|(line, _)| *line)
            .collect();
        assert_eq!(lines, [4, 8]);
    }
}
