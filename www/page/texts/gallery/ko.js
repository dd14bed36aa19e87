// Korean texts of the gallery.

export default {
  gallery: "내 사진",
  progress: "{all}장 중 {done}장",
  progressFailed: "{all}장 중 {done}장, 설명 없음 {failed}장",
  progressPaused: "{all}장 중 {done}장에서 멈춤",
  goOn: "계속",
  waiting: "기다리는 중",
  failed: "설명 없음",
  failedHeic: "설명 없음: HEIC",
  isAccepted: "확인함",
  remove: "이 사진 빼기",
  removeAll: "모두 빼기",
  review: "검토",
  accept: "확인",
  next: "다음",
  previous: "이전",
  accepted: "{all}장 중 {count}장 확인함",
  aboutReview:
    "이 단추나 갤러리의 사진에 초점이 있을 때 이 키들과 고치기 키 E가 작동합니다. 글에서는 Ctrl+Enter로 확인하고 Escape로 나옵니다. " +
    "확인한 설명은 나의 설명으로 저장됩니다.",
  heicCount: "이 브라우저가 열지 못하는 HEIC 사진: {count}장. 하나를 고르면 방법이 나옵니다.",
  noMapsAgain: "“{name}”에서 모델이 본 곳을 다시 찾지 못했습니다:",
};
