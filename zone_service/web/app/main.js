// The page's beginning: the words, who is there, then the form or the live page.

import { session } from "./api.js";
import { Bar } from "./bar.js";
import { fill, h } from "./dom.js";
import { Login } from "./login.js";
import { LivePage } from "./page.js";
import { Words } from "./words.js";

const LIVE_PATH = "/live";
const words = await Words.load();
words.use(words.language);

/** @type {{speak: () => void} | null} */
let screen = null;
const bar = new Bar(words, (language) => {
  words.use(language);
  bar.speak();
  screen?.speak();
});

const root = /** @type {HTMLElement} */ (document.getElementById("page"));

function askWhoIsThere() {
  const login = new Login(words, showLive);
  screen = login;
  document.title = words.t("page.title");
  root.className = "at-login";
  fill(root, login.element, bar.element);
  login.name.focus();
}

/** @param {import("./protocol").Principal} principal */
function showLive(principal) {
  root.className = "at-live";
  history.replaceState(null, "", `${LIVE_PATH}${location.search}${location.hash}`);
  const page = new LivePage(words, principal, bar, askWhoIsThere);
  screen = page;
  // In the document before it starts: the map measures the place it has.
  fill(root, page.element, bar.element);
  page.start();
}

try {
  const principal = await session();
  if (principal) showLive(principal);
  else askWhoIsThere();
} catch (error) {
  fill(root, h("p", { class: "problem", role: "alert" }, words.t("page.unreachable"), ` (${error})`));
}
