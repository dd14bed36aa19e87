// Korean texts of folders, addresses, the camera and files beside photos.

export default {
  notRead: "읽지 못한 파일이나 폴더: {count}개. 예: “{name}”.",
  noPhotos: "놓은 것에 사진이 없습니다.",
  searching: "폴더를 살펴보는 중: 지금까지 사진 {count}장",
  passedOver: "폴더에서 사진이 아니어서 건너뛴 파일: {count}개",
  folderRefused: "브라우저가 이 페이지에 폴더를 읽도록 허용하지 않았습니다. 폴더를 페이지에 끌어다 놓으세요.",
  noneShared: "공유한 프로그램에서 사진이 오지 않았습니다. 여기에서 선택하세요.",
  heic:
    "“{name}”은 HEIC 사진이며 이 브라우저가 열지 못합니다. Safari에서 이 페이지를 열거나 사진을 JPEG로 저장하세요. 사진 프로그램에서 " +
    "내보내거나, 앞으로는 iPhone이 JPEG로 찍게 하세요(설정, 카메라, 포맷, 높은 호환성).",
  writing: "쓰는 중: {all}개 중 {done}개",
  written: "쓴 XMP 파일: {written}개. 이미 있어서 그대로 둔 것: {there}개.",
  writtenSome:
    "쓴 XMP 파일: {written}개. 이미 있어서 그대로 둔 것: {there}개. 쓰지 못한 것: {failed}개. 폴더가 그대로 있고 빈 공간이 있나요?",
  writeRefused: "브라우저가 폴더에 쓰지 못하게 해서 아무것도 쓰지 않았습니다. ZIP에 같은 파일이 있습니다.",
  notAFile: "놓은 것이 파일이 아닙니다. 사진을 먼저 저장한 뒤 그 파일을 놓으세요.",
  cancel: "취소",
  addressLabel: "사진의 주소",
  aboutAddress: "브라우저가 그 사이트에 사진을 요청합니다. 그 사이트는 접속 주소와 이 사이트의 이름만 알게 됩니다.",
  fetchPhoto: "사진 가져오기",
  addressWrong: "사진의 주소가 아닙니다. https://로 시작해야 합니다.",
  addressRefused:
    "{host}에서 응답이 없거나, 다른 페이지가 사진을 읽지 못하게 합니다(CORS). 사진을 저장한 뒤 그 파일을 선택하세요.",
  addressAnswered: "{host}의 응답: {status}. 주소가 맞나요?",
  addressNoPhoto: "{host}에서 보낸 것은 사진이 아닙니다. 사진이 실린 페이지가 아니라 사진 자체의 주소를 복사하세요.",
  takePhoto: "찍기",
  cameraLive: "카메라에 보이는 것을 계속 설명",
  cameraRefused: "브라우저가 카메라를 허용하지 않았습니다. 주소창에서 허용하거나 파일을 선택하세요.",
  cameraMissing: "카메라가 없습니다. 파일을 선택하세요.",
  cameraFailed: "카메라가 켜지지 않았습니다. 다른 프로그램이 쓰고 있을 수 있습니다.",
};
