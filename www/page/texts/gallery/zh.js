// Chinese texts of the gallery, in simplified characters.

export default {
  gallery: "您的照片",
  progress: "{done} / {all}",
  progressFailed: "{done} / {all}，{failed} 张没有说明",
  progressPaused: "已暂停：{done} / {all}",
  goOn: "继续",
  waiting: "等待中",
  failed: "没有说明",
  failedHeic: "没有说明：HEIC",
  isAccepted: "已确认",
  remove: "移除这张照片",
  removeAll: "全部移除",
  review: "审阅",
  accept: "确认",
  next: "下一张",
  previous: "上一张",
  accepted: "已确认 {count} / {all}",
  aboutReview:
    "焦点在这些按钮或图库的照片上时，这些键以及编辑键 E 有效。在文字中，Ctrl+Enter 确认，Escape 离开。确认的说明会作为您的说明保存。",
  heicCount: "此浏览器无法打开的 HEIC 照片：{count} 张。选择一张可查看解决办法。",
  noMapsAgain: "无法再次得出模型在“{name}”中看向哪里：",
};
