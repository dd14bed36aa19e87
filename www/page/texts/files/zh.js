// Chinese texts of folders, addresses, the camera and files beside photos, in simplified characters.

export default {
  notRead: "无法读取的文件或文件夹：{count} 个，例如“{name}”。",
  noPhotos: "您拖来的内容里没有照片。",
  searching: "正在查看文件夹：目前有 {count} 张照片",
  passedOver: "文件夹中不是照片而被跳过的文件：{count} 个",
  folderRefused: "浏览器不允许本页读取该文件夹。请改为把它拖到本页。",
  noneShared: "没有收到分享的照片。请在这里选择。",
  heic:
    "“{name}”是 HEIC 照片，此浏览器无法打开。请在 Safari 中打开本页，或把照片存为 JPEG：从照片程序中导出，" +
    "或让 iPhone 今后拍摄 JPEG（设置、相机、格式、兼容性最佳）。",
  writing: "正在写入：{done} / {all}",
  written: "已写入 XMP 文件：{written} 个。已有而未改动：{there} 个。",
  writtenSome:
    "已写入 XMP 文件：{written} 个。已有而未改动：{there} 个。无法写入：{failed} 个；文件夹还在吗，空间够吗？",
  writeRefused: "浏览器不能写入该文件夹，所以没有写入任何内容。ZIP 中有同样的文件。",
  notAFile: "您拖来的不是文件。请先保存照片，再拖入文件。",
  cancel: "取消",
  addressLabel: "照片的网址",
  aboutAddress: "您的浏览器会向该网站请求照片。它只会知道您的网络地址和本站的名称。",
  fetchPhoto: "获取照片",
  addressWrong: "这不是照片的网址：它必须以 https:// 开头。",
  addressRefused: "{host} 没有应答，或不允许其他网页读取它的照片（CORS）。请保存照片，再选择该文件。",
  addressAnswered: "{host} 应答 {status}。网址对吗？",
  addressNoPhoto: "{host} 发来的不是照片。它可能是照片所在的网页：请复制照片本身的网址。",
  takePhoto: "拍摄",
  cameraLive: "描述镜头前的景象",
  cameraRefused: "浏览器不允许本页使用相机。请在地址栏中允许，或选择文件。",
  cameraMissing: "这里没有相机。请选择文件。",
  cameraFailed: "相机没有启动，可能正被其他程序使用。",
};
