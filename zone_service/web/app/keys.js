// Single keys, off while somebody types.

/**
 * @typedef {"next" | "previous" | "acknowledge" | "note" | "resolve" | "home" | "table" | "close" | "help"} Command
 */

/** @type {Record<string, Command>} */
const COMMANDS = {
  j: "next",
  k: "previous",
  a: "acknowledge",
  A: "acknowledge",
  n: "note",
  r: "resolve",
  h: "home",
  t: "table",
  Escape: "close",
  "?": "help",
};

/** For the page's help: key and the command that it gives. */
export const HELP = /** @type {const} */ ([
  ["j", "next"],
  ["k", "previous"],
  ["A", "acknowledge"],
  ["n", "note"],
  ["r", "resolve"],
  ["h", "home"],
  ["t", "table"],
  ["Esc", "close"],
  ["?", "help"],
]);

/**
 * The command of a key, or null: none while typing or with a modifier held.
 *
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean}} event
 * @param {boolean} typing
 * @returns {Command | null}
 */
export function commandOf({ key, ctrlKey, metaKey, altKey }, typing) {
  if (typing || ctrlKey || metaKey || altKey) return null;
  return COMMANDS[key] ?? null;
}

/** @param {EventTarget | null} target */
export function isTyping(target) {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  );
}
