// Korean texts of the comparison of models.

export default {
  comparison: "같은 사진, 10년의 설명 모델",
  aboutComparison:
    "저마다의 기본 설정으로 씁니다. 오래된 두 모델은 출처가 말하는 대로 Flickr8k로 이 프로젝트가 다시 학습한 것입니다. " +
    "사람과 개 말고는 본 것이 적고, 얼마나 확신하는지 말하지 못합니다.",
  captionBy: "{name}의 설명, 단어별",
  compared: "{megabytes} MB, {milliseconds} ms. 단어를 가리키면 모델이 본 곳이 보입니다.",
  comparedWithoutMaps: "{megabytes} MB, {milliseconds} ms. 어텐션이 없어 지도가 없습니다.",
  notCompared: "설명 없음: {message}",
};
