// The page in two languages: flat dictionaries, one key a phrase.

/** @typedef {"zh-CN" | "en"} Language */
/** @typedef {Record<string, string>} Dictionary */

/** @type {readonly Language[]} */
export const LANGUAGES = ["zh-CN", "en"];
const REMEMBERED_AS = "zone.language";

/**
 * The phrase for a key with its `{names}` filled in. An unknown key is shown as it is: an
 * unknown violation must be seen, not hidden.
 *
 * @param {Dictionary} dictionary
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function phrase(dictionary, key, values = {}) {
  const text = dictionary[key] ?? key.slice(key.lastIndexOf(".") + 1);
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * @param {string | null} remembered
 * @param {readonly string[]} wanted  the browser's languages
 * @returns {Language}
 */
export function chooseLanguage(remembered, wanted) {
  const known = LANGUAGES.find((language) => language === remembered);
  if (known) return known;
  return wanted[0] === undefined || wanted[0].toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

export class Words {
  /**
   * @param {Language} language
   * @param {Record<Language, Dictionary>} dictionaries
   */
  constructor(language, dictionaries) {
    this.language = language;
    this.dictionaries = dictionaries;
  }

  /** Both dictionaries, in the language remembered or else the browser's. */
  static async load() {
    const [zh, en] = await Promise.all(LANGUAGES.map(fetchDictionary));
    const language = chooseLanguage(localStorage.getItem(REMEMBERED_AS), navigator.languages);
    return new Words(language, { "zh-CN": zh, en });
  }

  /**
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   */
  t(key, values) {
    return phrase(this.dictionaries[this.language], key, values);
  }

  /** @param {Language} language */
  use(language) {
    this.language = language;
    localStorage.setItem(REMEMBERED_AS, language);
    document.documentElement.lang = language;
  }
}

/**
 * @param {Language} language
 * @returns {Promise<Dictionary>}
 */
async function fetchDictionary(language) {
  const answer = await fetch(`/assets/i18n/${language}.json`);
  return answer.json();
}
