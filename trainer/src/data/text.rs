//! The one way from a file's bytes to text, whatever encoding people's tools write: UTF-8 or UTF-16 with or
//! without a byte-order mark, and where it is neither the encoding that the bytes are likeliest in, with a
//! notice. Line ends of Windows and of old Macs become line feeds.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::journal::Journal;

/// A longer file is refused. Text in memory is at most three times as long as its file.
const LARGEST_FILE: u64 = 4 << 30;

/// Reads a text file. An encoding that had to be guessed is noted.
///
/// # Errors
/// When it cannot be read, is larger than 4 GiB, or is no text.
pub(crate) fn read(path: &Path, journal: &mut Journal) -> Result<String> {
    let context = || format!("cannot read {}", path.display());
    let length = std::fs::metadata(path).with_context(context)?.len();
    ensure!(
        length <= LARGEST_FILE,
        "{} has {length} bytes: texts of more than {LARGEST_FILE} are not read; split it",
        path.display()
    );
    let bytes = std::fs::read(path).with_context(context)?;
    decode(bytes, &path.display().to_string(), journal)
}

/// Gives each line of a text file to `each`, with its number, counted from 1. A file of lines in plain UTF-8, as large
/// ones are, is never in memory as a whole.
///
/// # Errors
/// [`read`]
pub(crate) fn each_line(
    path: &Path,
    journal: &mut Journal,
    mut each: impl FnMut(u64, &str, &mut Journal),
) -> Result<()> {
    let context = || format!("cannot read {}", path.display());
    let open = || File::open(path).map(BufReader::new).with_context(context);
    if !is_plain(open()?).with_context(context)? {
        let text = read(path, journal)?;
        for (number, line) in (1..).zip(text.lines()) {
            each(number, line, journal);
        }
        return Ok(());
    }
    for (number, line) in (1..).zip(open()?.lines()) {
        each(number, &line.with_context(context)?, journal);
    }
    Ok(())
}

/// Whether a text is UTF-8 as it stands, with line feeds alone and lines of less than 64 MiB.
fn is_plain(mut file: impl BufRead) -> std::io::Result<bool> {
    const LONGEST_LINE: u64 = 1 << 26;
    let mut line = Vec::new();
    let mut is_first = true;
    while (&mut file)
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)?
        > 0
    {
        let marked = std::mem::take(&mut is_first) && Encoding::for_bom(&line).is_some();
        let is_line = |text: &str| !text.contains(['\0', '\r']);
        let is_cut = line.len() as u64 == LONGEST_LINE;
        if marked || is_cut || !std::str::from_utf8(&line).is_ok_and(is_line) {
            return Ok(false);
        }
        line.clear();
    }
    Ok(true)
}

/// The beginning of a text file, for telling what it is; whole lines, if it has several. Nothing where
/// it cannot be read or is no text.
pub(crate) fn beginning(path: &Path) -> Option<String> {
    const LENGTH: u64 = 1 << 16;
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(LENGTH).read_to_end(&mut bytes).ok()?;
    let mut text = decode(bytes, "", &mut Journal::default()).ok()?;
    if let Some(end) = text.rfind('\n') {
        text.truncate(end);
    }
    Some(text)
}

/// The text that bytes stand for; `name` says in messages whose they are.
///
/// # Errors
/// When they are no text.
pub(crate) fn decode(bytes: Vec<u8>, name: &str, journal: &mut Journal) -> Result<String> {
    let text = match Encoding::for_bom(&bytes) {
        Some((encoding, mark)) => {
            let (text, damaged) = encoding.decode_without_bom_handling(&bytes[mark..]);
            if damaged {
                journal.notice(format!(
                    "{name} is not clean {}: what is no character is read as \u{FFFD}",
                    encoding.name()
                ));
            }
            text.into_owned()
        }
        None => match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => text,
            Ok(text) => without_mark(text.as_bytes(), name)?,
            Err(error) => {
                let bytes = error.into_bytes();
                if bytes.contains(&0) {
                    without_mark(&bytes, name)?
                } else if is_nearly_utf8(&bytes) {
                    journal.notice(format!(
                        "{name} is not clean UTF-8: what is no character is read as \u{FFFD}"
                    ));
                    String::from_utf8_lossy(&bytes).into_owned()
                } else {
                    let encoding = likeliest(&bytes);
                    journal.notice(format!(
                        "{name} is not UTF-8: it is read as {}; save it as UTF-8 if letters are wrong",
                        encoding.name()
                    ));
                    encoding.decode_without_bom_handling(&bytes).0.into_owned()
                }
            }
        },
    };
    Ok(if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    })
}

/// UTF-16 without a mark: every second byte of what is mostly ASCII is zero.
fn without_mark(bytes: &[u8], name: &str) -> Result<String> {
    let zeros = |first: usize| {
        let found = bytes.iter().skip(first).step_by(2);
        found.filter(|&&byte| byte == 0).count() * 2
    };
    // Two of five: line ends and spaces alone make no text.
    let encoding = match (
        zeros(0) * 5 > bytes.len() * 2,
        zeros(1) * 5 > bytes.len() * 2,
    ) {
        (false, true) => UTF_16LE,
        (true, false) => UTF_16BE,
        _ => bail!("{name} is no text: it has bytes of zero"),
    };
    Ok(encoding.decode_without_bom_handling(bytes).0.into_owned())
}

/// Whether far more letters beyond ASCII are written in UTF-8 than not.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let (mut letters, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        letters += chunk
            .valid()
            .chars()
            .filter(|letter| !letter.is_ascii())
            .count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    letters > 10 * broken
}

/// The encoding that bytes which are no UTF-8 are likeliest in.
fn likeliest(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    debug_assert_ne!(guess, UTF_8);
    guess
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(bytes: &[u8]) -> (String, Vec<String>) {
        let mut journal = Journal::default();
        let text = decode(bytes.to_vec(), "a.csv", &mut journal).unwrap();
        (text, journal.notices)
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn text_is_the_same_in_every_encoding_of_unicode() {
        let text = "file_name,text\na.jpg,été 개\n";
        let marked = format!("\u{FEFF}{text}");
        for bytes in [
            text.as_bytes().to_vec(),
            marked.clone().into_bytes(),
            utf16(&marked, u16::to_le_bytes),
            utf16(&marked, u16::to_be_bytes),
            utf16(text, u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
        ] {
            assert_eq!(read_back(&bytes), (text.to_owned(), Vec::new()));
        }
        assert_eq!(read_back(b"a\rb\r").0, "a\nb\n");
        assert_eq!(read_back(b"a\r\nb\rc").0, "a\nb\nc");
    }

    #[test]
    fn other_encodings_are_guessed_and_it_is_said() {
        for (bytes, text) in [
            (&b"00.jpg;caf\xE9 \x93nice\x94"[..], "00.jpg;café “nice”"),
            (b"a dog\x92s toy", "a dog’s toy"),
            (
                b"ein Hund f\xFCr gro\xDFe Leute",
                "ein Hund für große Leute",
            ),
            (b"un ni\xF1o", "un niño"),
        ] {
            let (found, notices) = read_back(bytes);
            assert_eq!(found, text);
            assert!(notices[0].contains("a.csv is not UTF-8: it is read as windows-1252"));
        }
        let (found, notices) = read_back(&["é".repeat(20).as_bytes(), b"\xE9 a"].concat());
        assert!(found.starts_with("éé") && found.ends_with("\u{FFFD} a"));
        assert!(notices[0].contains("not clean UTF-8"));
        let korean = "개가 눈 속을 달린다. 빨간 공이 탁자 위에 있다.";
        let (bytes, _, _) = encoding_rs::EUC_KR.encode(korean);
        assert_eq!(read_back(&bytes).0, korean);
    }

    #[test]
    fn lines_are_those_of_the_text() {
        let folder = temp_dir::TempDir::new().unwrap();
        let path = folder.path().join("a.jsonl");
        let text = "{\"a\": 1}\n\n \u{E9} b\n\tc";
        for bytes in [
            text.as_bytes().to_vec(),
            format!("{text}\n").into_bytes(),
            text.replace('\n', "\r\n").into_bytes(),
            text.replace('\n', "\r").into_bytes(),
            format!("\u{FEFF}{text}").into_bytes(),
            utf16(&format!("\u{FEFF}{text}"), u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
            text.replace('\u{E9}', "").into_bytes(),
            [b"\n\n\n\xE9 b\n", text.as_bytes()].concat(),
            Vec::new(),
        ] {
            std::fs::write(&path, &bytes).unwrap();
            let mut journal = Journal::default();
            let whole = read(&path, &mut journal).unwrap();
            let expected = (1..).zip(whole.lines());
            let mut lines = Vec::new();
            let mut own = Journal::default();
            each_line(&path, &mut own, |number, line, _| {
                lines.push((number, line.to_owned()));
            })
            .unwrap();
            assert!(
                expected.eq(lines.iter().map(|(number, line)| (*number, line.as_str()))),
                "{lines:?}"
            );
            assert_eq!(own.notices, journal.notices);
        }
        std::fs::write(&path, b"\x89PNG\0\0\0\0abc\n").unwrap();
        let error = each_line(&path, &mut Journal::default(), |_, _, _| ()).unwrap_err();
        assert!(error.to_string().contains("a.jsonl is no text"), "{error}");
    }

    #[test]
    fn what_is_no_text_is_told() {
        let mut journal = Journal::default();
        let error = decode(b"\x89PNG\0\0\0\0abc".to_vec(), "x.csv", &mut journal);
        assert!(error.unwrap_err().to_string().contains("x.csv is no text"));
    }
}
