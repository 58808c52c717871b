// The page in the reader's language: English is what the page says, Chinese is looked up here.

const CHINESE = {
  "A keyword goes in. Its article is found on Wikipedia and judged; then its summary and the names in it are computed at the same time. Without the internet, Wikipedia is 106 articles of April 2016, most of them under A.":
    "输入一个关键词。服务在维基百科上找到对应的条目，先判断情感，再同时算出摘要和其中的命名实体。不联网时，这里的维基百科是 2016 年 4 月的 106 个英文条目，大多以 A 开头。",
  "Keyword": "关键词",
  "Analyse": "分析",
  "For example:": "例如：",
  "Text is by Wikipedia's authors.": "文字出自维基百科的作者。",
  "The API's documentation": "API 文档",
  ", revision": "，版本 ",
  ",": "，",
  "Summary": "摘要",
  "How the article begins": "条目的开头",
  "people": "人物",
  "places": "地点",
  "organisations": "组织",
  "The first 50 names": "前 50 个名称",
  "Sentiment:": "情感：",
  "The sentences that were judged": "参与判断的句子",
  "Score": "得分",
  "Sentence": "句子",
  "Where the time went": "时间花在哪里",
  "Stage": "阶段",
  "When": "何时",
  "The same without a browser": "不用浏览器，同样的请求",
  "Copy": "复制",
  "The answer as JSON": "JSON 形式的回答",
  "People": "人物",
  "Places": "地点",
  "Organisations": "组织",
  "positive": "正面",
  "neutral": "中性",
  "negative": "负面",
  "The answer took longer than the service allows.": "回答用的时间超过了服务允许的上限。",
  "The part of the service that had this question has died.": "服务中处理这个问题的那一部分已经死了。",
  "More questions came than the service has places for.": "问题太多，服务没有空位了。",
  "Try another word, or an English one: the articles and the models are English.": "换一个词试试，并且用英文：条目和模型都是英文的。",
  "Ask again when fewer people do.": "等提问的人少些，再问一次。",
  "A keyword has 1 to 300 characters.": "关键词的长度是 1 到 300 个字符。",
  "Ask again. If that does not help, the service's log says more.": "再问一次。还不行的话，服务的日志里有更多说明。",
  "Ask again in a minute. The service runs; the Wikipedia behind it does not answer.": "过一分钟再问。服务在运行，是它背后的维基百科没有正常回答。",
  "Wait a moment, then ask again.": "稍等片刻，再问一次。",
  "Ask again in a minute. The service runs; the Wikipedia behind it was too slow.": "过一分钟再问。服务在运行，是它背后的维基百科太慢了。",
  "Reading and analysing “{asked}” …": "正在读取并分析“{asked}”……",
  "The answer could not be read": "读不懂这个回答",
  "It is not one of the Wikipedia NLP API.": "它不是 Wikipedia NLP API 的回答。",
  "Is another program listening at this address?": "是不是别的程序在监听这个地址？",
  "The best match for “{asked}”:": "与“{asked}”最匹配的条目：",
  "The article has no text.": "这个条目没有正文。",
  "here is its analysis.": "分析结果如下。",
  "“{article}” was refused": "“{article}”被拒绝了",
  "Its first sentences were judged before anything else was computed.": "在计算其他内容之前，服务先判断了它开头的句子。",
  "A model's judgement of sober sentences about war, illness or crime says little: read them yourself.":
    "对于平实叙述战争、疾病或犯罪的句子，模型的判断说明不了多少：请自己读一读。",
  "Ask again in {wait} s.": "{wait} 秒后再问。",
  "No answer": "没有回答",
  "The connection was lost, or nothing listens at this address.": "连接断了，或者这个地址上没有服务。",
  "Is the service running? `make run` starts it.": "服务在运行吗？用 `make run` 启动它。",
  "The mean of {count} sentences, each between −1 and 1.": "{count} 个句子的平均值，每句在 −1 到 1 之间。",
  "The article begins with no sentence.": "条目的开头没有句子。",
  "The axis begins when the request arrives, and is {end} ms long.": "时间轴从请求到达时开始，长 {end} ms。",
  "Copied": "已复制",
};

const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language;
const isChinese = wanted.startsWith("zh");

/** A text in the reader's language; each `{name}` in it becomes the value of that name. */
export function say(text, values = {}) {
  const said = isChinese ? CHINESE[text] ?? text : text;
  return said.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Translate what stands in the page, and in the templates that it has. */
function translate(part) {
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim().replace(/\s+/g, " ");
    if (text in CHINESE) walker.currentNode.textContent = say(text);
  }
  for (const template of part.querySelectorAll("template")) translate(template.content);
}

if (isChinese) {
  document.documentElement.lang = "zh-CN";
  translate(document.body);
}
