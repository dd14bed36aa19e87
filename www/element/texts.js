// The words of <glimpse-captioner>'s own controls. Captions are in the model's language.

/** @typedef {typeof TEXTS.en} Texts */

const TEXTS = {
  en: {
    choose: "Choose a photo",
    start: "Caption this photo",
    loading: "Loading the captioner",
    looking: "Looking at the photo",
    photo: "Photo",
    caption: "Caption",
    words: "Caption, word by word",
    guess: "A guess. This may be:",
    chance: "{percent} likely to be right",
    unsure: "unsure",
    noWords: "The model found no words.",
    retry: "Try again",
    read: "Read aloud",
    suggestion: "Suggested alternative text",
    accept: "Use as alternative text",
    accepted: "Used as alternative text.",
    map: "Where the model looked for “{word}”",
  },
  ko: {
    choose: "사진 선택",
    start: "이 사진 설명하기",
    loading: "설명기를 불러오는 중",
    looking: "사진을 보는 중",
    photo: "사진",
    caption: "설명",
    words: "단어별 설명",
    guess: "추측입니다. 아마도:",
    chance: "맞을 확률 {percent}",
    unsure: "불확실",
    noWords: "모델이 단어를 찾지 못했습니다.",
    retry: "다시 시도",
    read: "소리 내어 읽기",
    suggestion: "제안된 대체 텍스트",
    accept: "대체 텍스트로 사용",
    accepted: "대체 텍스트로 사용했습니다.",
    map: "“{word}”에서 모델이 본 곳",
  },
  zh: {
    choose: "选择照片",
    start: "描述这张照片",
    loading: "正在加载",
    looking: "正在查看照片",
    photo: "照片",
    caption: "描述",
    words: "逐词描述",
    guess: "这是猜测，可能是：",
    chance: "正确的概率为 {percent}",
    unsure: "没有把握",
    noWords: "模型没有找到词语。",
    retry: "重试",
    read: "朗读",
    suggestion: "建议的替代文本",
    accept: "用作替代文本",
    accepted: "已用作替代文本。",
    map: "模型选择“{word}”时所看的位置",
  },
};

/**
 * The language that there are texts in for a tag such as "ko-KR": English where there are none in its own.
 * @param {string | null | undefined} tag
 * @returns {keyof typeof TEXTS}
 */
export function languageFor(tag) {
  const language = tag?.toLowerCase().split("-")[0];
  return language && language in TEXTS ? /** @type {keyof typeof TEXTS} */ (language) : "en";
}

/**
 * The texts in a language.
 * @param {keyof typeof TEXTS} language
 * @returns {Texts}
 */
export function textsIn(language) {
  return TEXTS[language];
}
