// Chinese texts of what is told about the model and of privacy.

export default {
  privacyPhotos:
    "照片、相机画面和说明不会发送到任何地方。加载完成后，本页不再请求网络，" +
    "除非是您输入或拖来网址的照片、您选择的语言，或届时需要的模型、GPU 程序和本页的其他部分。",
  privacyAddress: "您输入或拖来的网址由浏览器请求，不带 Cookie。该网站只会知道您的网络地址和本站的名称。",
  privacyKept:
    "保存在此浏览器中的有：本页、模型、您的语言，GPU 是否更快，以及分享到本页而尚未打开的照片。没有 Cookie，不统计访客。",
  limits: "本页附带的模型很小。它从各种照片及其英语说明中学习：没见过的东西，它会用见过的东西来称呼。",
  mistakes:
    "说明只是猜测。约有一半说对了事物；它常常只说出事物的种类，不善于计数和辨色，也不识字。" +
    "它称为男人、女人、男孩或女孩，是从衣着和发型猜的。它看向哪里、对词有多大把握，都只是线索，不是证据。不要用于涉及人的决定；替代文本必须由人审读。",
  readData: "它学习的照片（Flickr8k）",
  readMoreData: "它学习的照片（COCO）",
  readNetwork: "图像网络（EfficientNet）",
};
