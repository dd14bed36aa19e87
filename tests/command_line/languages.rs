//! Captions in scripts without spaces and in scripts other than Latin, from the data to a photo's caption.

use crate::support::DataSet;

/// The caption of a drawn photo: Chinese for discs, Korean for crosses.
fn translated(name: &str) -> String {
    let word = |words: &[(&'static str, &'static str)]| {
        let found = words.iter().find(|(english, _)| name.contains(english));
        found.unwrap().1
    };
    if name.contains("disc") {
        let color = word(&[
            ("red", "红"),
            ("green", "绿"),
            ("blue", "蓝"),
            ("yellow", "黄"),
        ]);
        let place = word(&[
            ("top-left", "左上"),
            ("top-right", "右上"),
            ("bottom-left", "左下"),
            ("bottom-right", "右下"),
        ]);
        format!("{color}色的圆在{place}角。")
    } else {
        let color = word(&[
            ("red", "빨간"),
            ("green", "초록"),
            ("blue", "파란"),
            ("yellow", "노란"),
        ]);
        let place = word(&[
            ("top-left", "왼쪽 위에"),
            ("top-right", "오른쪽 위에"),
            ("bottom-left", "왼쪽 아래에"),
            ("bottom-right", "오른쪽 아래에"),
        ]);
        format!("{color} 십자가가 {place} 있다.")
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
    let paths: Vec<_> = data
        .photos
        .iter()
        .map(|(name, _)| format!("data/Flicker8k_Dataset/{name}"))
        .collect();
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
