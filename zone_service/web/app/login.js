// The form that asks who is there.

import { Refusal, about, signIn } from "./api.js";
import { fill, h, setText } from "./dom.js";

export class Login {
  /**
   * @param {import("./words.js").Words} words
   * @param {(principal: import("./protocol").Principal) => void} entered
   */
  constructor(words, entered) {
    this.words = words;
    this.entered = entered;
    /** @type {import("./protocol").DemoAccount[]} */
    this.accounts = [];
    this.title = h("h1");
    this.lead = h("p", { class: "lead" });
    this.nameLabel = h("span");
    this.name = h("input", { name: "username", autocomplete: "username", required: true });
    this.wordLabel = h("span");
    this.word = h("input", {
      name: "password",
      type: "password",
      autocomplete: "current-password",
      required: true,
    });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.enter = h("button", { type: "submit", class: "primary" });
    this.demo = h("section", { class: "demo", hidden: true });
    this.element = h(
      "main",
      { class: "login" },
      h(
        "form",
        { submit: (event) => this.#submit(event) },
        h("img", { src: "/assets/css/icon.svg", alt: "", width: 40, height: 40 }),
        this.title,
        this.lead,
        h("label", {}, this.nameLabel, this.name),
        h("label", {}, this.wordLabel, this.word),
        this.problem,
        this.enter,
        this.demo,
      ),
    );
    this.speak();
    this.#offerAccounts();
  }

  async #offerAccounts() {
    this.accounts = (await about()).demo_accounts ?? [];
    this.speak();
  }

  speak() {
    const { words } = this;
    setText(this.title, words.t("page.title"));
    setText(this.lead, words.t("login.lead"));
    setText(this.nameLabel, words.t("login.username"));
    setText(this.wordLabel, words.t("login.password"));
    setText(this.enter, words.t("login.enter"));
    this.demo.hidden = this.accounts.length === 0;
    fill(
      this.demo,
      h("h2", {}, words.t("login.demo")),
      ...this.accounts.map((account) =>
        h(
          "button",
          { type: "button", click: () => this.#use(account) },
          h("strong", {}, words.t(`role.${account.role}`)),
          h("code", {}, account.username),
        ),
      ),
    );
  }

  /** @param {import("./protocol").DemoAccount} account */
  #use({ username, password }) {
    this.name.value = username;
    this.word.value = password;
    this.enter.focus();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    this.enter.disabled = true;
    this.problem.hidden = true;
    try {
      this.entered(await signIn(this.name.value, this.word.value));
    } catch (error) {
      this.problem.hidden = false;
      setText(this.problem, this.#reason(error));
    } finally {
      this.enter.disabled = false;
    }
  }

  /** @param {unknown} error */
  #reason(error) {
    const { words } = this;
    if (!(error instanceof Refusal)) return String(error);
    if (error.status === 401) return words.t("login.wrong");
    if (error.status === 429) return words.t("login.too_often");
    return error.status === 0 ? words.t("login.unreachable") : error.message;
  }
}
