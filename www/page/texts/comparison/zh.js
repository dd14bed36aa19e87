// Chinese texts of the comparison of models, in simplified characters.

export default {
  comparison: "同一张照片，十年的说明模型",
  aboutComparison:
    "各按自己的默认设置。较早的两个由本项目按其出处的方法在 Flickr8k 上重新训练：除了人和狗，它们见过的很少，也说不出自己有多大把握。",
  captionBy: "{name}的说明，逐词",
  compared: "{megabytes} MB，{milliseconds} 毫秒。指向一个词，看它看向哪里。",
  comparedWithoutMaps: "{megabytes} MB，{milliseconds} 毫秒。它没有注意力，因此没有图。",
  notCompared: "没有说明：{message}",
};
