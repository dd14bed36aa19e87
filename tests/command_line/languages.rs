//! Captions in scripts without spaces and in scripts other than Latin, from the data to a photo's caption.

use crate::support::DataSet;

/// Parts of the photos' names, in Chinese and in Korean.
const COLORS: [(&str, [&str; 2]); 4] = [
    ("red", ["红", "빨간"]),
    ("green", ["绿", "초록"]),
    ("blue", ["蓝", "파란"]),
    ("yellow", ["黄", "노란"]),
];
const PLACES: [(&str, [&str; 2]); 4] = [
    ("top-left", ["左上", "왼쪽 위에"]),
    ("top-right", ["右上", "오른쪽 위에"]),
    ("bottom-left", ["左下", "왼쪽 아래에"]),
    ("bottom-right", ["右下", "오른쪽 아래에"]),
];

/// The caption of a drawn photo: Chinese for discs, Korean for crosses.
fn translated(name: &str) -> String {
    let words = |parts: [(&str, [&'static str; 2]); 4]| {
        let found = parts.iter().find(|(english, _)| name.contains(english));
        found.unwrap().1
    };
    let ([chinese_color, korean_color], [chinese_place, korean_place]) =
        (words(COLORS), words(PLACES));
    if name.contains("disc") {
        format!("{chinese_color}色的圆在{chinese_place}角。")
    } else {
        format!("{korean_color} 십자가가 {korean_place} 있다.")
    }
}

#[test]
fn chinese_and_korean_captions_are_learned_by_heart() {
    let data = DataSet::with_features();
    let lines: String = data
        .photos
        .iter()
        .map(|(name, _)| format!("{name}#0\t{}\n", translated(name)))
        .collect();
    data.write("data/Flickr8k.token.txt", lines.as_bytes());
    data.succeeds(&[
        "train",
        "--data=data",
        "--output=run",
        "--epochs=40",
        "--photos-per-step=2",
        "--learning-rate=1e-3",
        "--warm-up=20",
        "--dropout=0",
        "--image-dropout=0",
        "--label-smoothing=0",
        "--weight-average=0",
        "--patience=40",
    ]);
    data.succeeds(&[
        "export",
        "--run=run",
        "--precision=f32",
        "--language=ko",
        "--output=model.safetensors",
    ]);
    let paths = data.photo_paths();
    let mut caption = vec!["caption", "--model=model.safetensors"];
    caption.extend(paths.iter().map(String::as_str));
    let captions = data.succeeds(&caption);
    assert_eq!(captions.lines().count(), paths.len());
    for (line, (name, _)) in captions.lines().zip(&data.photos) {
        let expected = translated(name);
        let expected = expected.trim_end_matches(['。', '.']);
        assert!(
            line.ends_with(&format!("\t{expected}")),
            "{line}: {expected}"
        );
    }
}
