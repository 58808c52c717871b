// Asks the API that serves this page, and shows its answer. Text goes into the page as text alone.

import { say } from "./words.js";

const NEGATIVE_ARTICLE = "urn:problem-type:wikipedia-nlp:negative-article";
const MAX_ENTITIES = 50;
const KINDS = { PER: say("People"), LOC: say("Places"), ORG: say("Organisations") };
// What Serve itself refuses comes as a plain text about its insides.
const SERVE = {
  408: say("The answer took longer than the service allows."),
  500: say("The part of the service that had this question has died."),
  503: say("More questions came than the service has places for."),
};
// What a reader can do about an error, by its status.
const ADVICE = {
  404: say("Try another word, or an English one: the articles and the models are English."),
  408: say("Ask again when fewer people do."),
  422: say("A keyword has 1 to 300 characters."),
  500: say("Ask again. If that does not help, the service's log says more."),
  502: say("Ask again in a minute. The service runs; the Wikipedia behind it does not answer."),
  503: say("Wait a moment, then ask again."),
  504: say("Ask again in a minute. The service runs; the Wikipedia behind it was too slow."),
};

const form = document.querySelector("form");
const field = document.querySelector("#term");
const line = document.querySelector("#status");
const place = document.querySelector("#answer");
let question = new AbortController();

// --- asking

/** Ask for a search term and show what comes back; a question still open is given up. */
async function ask(asked) {
  question.abort();
  question = new AbortController();
  const { signal } = question;
  const url = new URL("summarize", document.baseURI);
  url.search = new URLSearchParams({ search_term: asked, max_entities: MAX_ENTITIES });
  place.replaceChildren();
  const stopWaiting = wait(asked);
  const answer = await fetch(url, { signal })
    .then(async (response) => ({ response, text: await response.text() }))
    .catch(() => null);
  if (signal.aborted) return;
  stopWaiting();
  place.replaceChildren(...(answer ? shownSafely(url, answer) : lost()));
  line.textContent = `${place.querySelector("h2").textContent}: ${place.dataset.said}`;
}

/** Say that the answer is awaited, and for how long; returns what ends that. */
function wait(asked) {
  const start = performance.now();
  const tell = () => {
    const seconds = Math.floor((performance.now() - start) / 1000);
    // A screen reader would read each second: it hears the first sentence, then every tenth second.
    if (seconds % 10 === 0) line.textContent = say("Reading and analysing “{asked}” …", { asked }) +
      (seconds ? ` ${seconds} s` : "");
  };
  place.setAttribute("aria-busy", "true");
  line.className = "waiting";
  tell();
  const timer = setInterval(tell, 1000);
  const stop = () => {
    clearInterval(timer);
    line.className = "";
    place.removeAttribute("aria-busy");
  };
  question.signal.addEventListener("abort", stop);
  return stop;
}

// --- showing

/** What `show` makes, or a problem where the answer is none of this API. */
function shownSafely(url, { response, text }) {
  try {
    return show(url, term(url), response, text);
  } catch (error) {
    console.info(error);
    return problem(say("The answer could not be read"), say("It is not one of the Wikipedia NLP API."),
      say("Is another program listening at this address?"));
  }
}

/** The elements that show an answer of the API. */
function show(url, asked, response, text) {
  const plain = !response.ok && !response.headers.get("Content-Type")?.includes("json");
  const body = plain ? { detail: SERVE[response.status] ?? text } : JSON.parse(text);
  const shown = response.ok ? analysis(body, asked) : refusal(response, body);
  const request = copyOf("request");
  stages(request, response.headers.get("Server-Timing"));
  request.querySelector(".curl").textContent = `curl -i '${url.href.replaceAll("'", "%27")}'`;
  request.querySelector(".body").textContent = pretty(text);
  request.querySelector(".copy").addEventListener("click", copyCurl);
  request.querySelector(".copy").hidden = !navigator.clipboard; // only over https, or from here
  return [...shown, request];
}

function analysis(body, asked) {
  const shown = copyOf("analysis");
  shown.querySelector(".match").textContent = say("The best match for “{asked}”:", { asked });
  shown.querySelector("h2").textContent = body.title;
  const link = shown.querySelector("a");
  link.textContent = body.url;
  if (/^https?:/.test(body.url)) link.href = body.url;
  shown.querySelector(".revision").textContent = body.revision;
  shown.querySelector(".license").textContent = body.license;
  shown.querySelector(".summary p").textContent = body.summary || say("The article has no text.");
  sentiment(shown.querySelector(".sentiment"), body);
  const names = body.named_entities;
  const beginning = body.opening.map((sentence) => sentence.text).join(" ");
  shown.querySelector(".text").append(...marked(beginning, names));
  for (const [label, kind] of Object.entries(KINDS)) {
    const found = names.filter((name) => name.label === label).map((name) => name.text);
    const listed = element("dd", found.join(", ") || "–");
    listed.lang = "en";
    shown.querySelector("dl").append(element("dt", kind), listed);
  }
  place.dataset.said = say("here is its analysis.");
  return [shown];
}

function refusal(response, body) {
  if (body.type === NEGATIVE_ARTICLE) {
    const shown = problem(say("“{article}” was refused", body), body.detail,
      say("Its first sentences were judged before anything else was computed.") + " " + say(
        "A model's judgement of sober sentences about war, illness or crime says little: read them yourself."));
    sentiment(shown[0].querySelector(".sentiment"), body);
    return shown;
  }
  const wait = Number(response.headers.get("Retry-After"));
  const known = body.options ? "" : ADVICE[response.status] ?? "";
  const advice = wait > 0 ? say("Ask again in {wait} s.", { wait }) : known;
  const shown = problem(`${body.title ?? say("No answer")} (${response.status})`, body.detail, advice);
  for (const option of body.options ?? []) {
    const button = element("button", option, "link");
    button.addEventListener("click", () => search(option));
    const item = element("li");
    item.append(button);
    shown[0].querySelector(".options").append(item);
  }
  return shown;
}

function lost() {
  return problem(say("No answer"), say("The connection was lost, or nothing listens at this address."),
    say("Is the service running? `make run` starts it."));
}

function problem(title, detail, advice) {
  const shown = copyOf("problem");
  shown.querySelector("h2").textContent = title;
  shown.querySelector(".detail").textContent = detail;
  shown.querySelector(".advice").textContent = advice;
  place.dataset.said = detail;
  return [shown];
}

/** The sentiment, and each judged sentence with its score. */
function sentiment(section, { sentiment: { label, score }, opening }) {
  section.append(copyOf("sentiment"));
  const shown = section.querySelector(".label");
  shown.textContent = `${say(label)} (${signed(score)})`;
  shown.classList.add(label);
  section.querySelector(".why").textContent = opening.length
    ? say("The mean of {count} sentences, each between −1 and 1.", { count: opening.length })
    : say("The article begins with no sentence.");
  section.querySelector("details").hidden = opening.length === 0;
  section.querySelector("tbody").append(...opening.map((sentence) => {
    const row = element("tr");
    const side = sentence.score < -0.05 ? "negative" : sentence.score > 0.05 ? "positive" : "";
    row.append(element("td", signed(sentence.score), `number ${side}`), element("td", sentence.text));
    return row;
  }));
}

/** A text with its names marked: the longest first, and each only as a whole word. */
function marked(text, names) {
  const kinds = new Map(names.map((name) => [name.text, name.label]));
  const longest = [...kinds.keys()].sort((one, two) => two.length - one.length);
  if (longest.length === 0) return [text];
  const any = longest.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const whole = new RegExp(`(?<![\\p{L}\\p{N}])(${any})(?![\\p{L}\\p{N}])`, "u");
  return text.split(whole).map((part, number) =>
    number % 2 ? element("mark", part, kinds.get(part)) : part);
}

/** The stages of a Server-Timing header as bars on one time axis, from their true starts. */
function stages(request, header) {
  const found = (header ?? "").split(",").map((entry) => entry.trim().split(";"))
    .map(([name, ...values]) => ({ name, ...Object.fromEntries(values.map((v) => v.split("="))) }))
    .filter(({ dur, start }) => Number.isFinite(Number(dur)) && Number.isFinite(Number(start)))
    .sort((one, two) => one.start - two.start || one.name.localeCompare(two.name));
  if (found.length === 0) {
    request.querySelector(".stages").remove();
    return;
  }
  const end = Math.max(...found.map(({ start, dur }) => Number(start) + Number(dur)));
  for (const { name, start, dur } of found) {
    const row = element("tr");
    const bar = svg("svg", { class: "time", viewBox: "0 0 1000 20", preserveAspectRatio: "none",
      "aria-hidden": "true" });
    bar.append(svg("line", { x1: 0, x2: 1000, y1: 10, y2: 10 }), svg("rect", {
      x: 1000 * start / end, width: Math.max(1000 * dur / end, 3), y: 3, height: 14 }));
    const cell = element("td");
    cell.append(bar);
    row.append(element("td", name), cell,
      element("td", `${Math.round(start)} – ${Math.round(Number(start) + Number(dur))}`, "number"));
    request.querySelector("tbody").append(row);
  }
  request.querySelector(".axis").textContent =
    say("The axis begins when the request arrives, and is {end} ms long.", { end: Math.round(end) });
}

// --- small things

const signed = (score) => (score < 0 ? "−" : "+") + Math.abs(score).toFixed(2);

const copyOf = (template) => {
  const copy = document.getElementById(template).content.cloneNode(true);
  return copy.childElementCount === 1 ? copy.firstElementChild : copy;
};

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className.trim()) made.className = className.trim();
  return made;
}

function svg(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function copyCurl(event) {
  const button = event.currentTarget;
  await navigator.clipboard.writeText(button.parentElement.querySelector(".curl").textContent);
  button.textContent = say("Copied");
  setTimeout(() => { button.textContent = say("Copy"); }, 2000);
}

// --- the address says what was asked, so that it can be sent to somebody, and "back" goes back

const term = (address) => new URL(address).searchParams.get("search_term");

function search(wanted) {
  const address = new URL(location);
  address.searchParams.set("search_term", wanted);
  if (address.href !== location.href) history.pushState(null, "", address);
  askFromAddress();
}

function askFromAddress() {
  const asked = term(location);
  field.value = asked ?? "";
  document.title = asked ? `${asked} – Wikipedia NLP API` : "Wikipedia NLP API";
  for (const link of document.querySelectorAll("a.language")) {
    const address = new URL(location);
    address.searchParams.set("lang", link.lang);
    link.href = address;
  }
  if (asked) return ask(asked);
  question.abort();
  place.replaceChildren();
  line.textContent = "";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  field.value = field.value.trim();
  if (field.reportValidity()) search(field.value);
});
for (const example of document.querySelectorAll(".examples button")) {
  example.addEventListener("click", () => search(example.textContent));
}
addEventListener("popstate", askFromAddress);
askFromAddress();
