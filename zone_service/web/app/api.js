// The REST answers the page asks for.

/** An answer that was not what was asked for, with the server's own words (RFC 9457). */
export class Refusal extends Error {
  /**
   * @param {number} status  0 where the server did not answer
   * @param {string} detail
   */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }

  get isConflict() {
    return this.status === 409 || this.status === 412;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function ask(method, path, body) {
  const answer = await send(method, path, body);
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(answer.status, said?.detail ?? said?.title ?? answer.statusText);
  return said;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
async function send(method, path, body) {
  const headers = body === undefined ? undefined : { "Content-Type": "application/json" };
  const content = body === undefined ? undefined : JSON.stringify(body);
  try {
    return await fetch(path, { method, headers, body: content, credentials: "same-origin" });
  } catch (error) {
    throw new Refusal(0, String(error));
  }
}

/** @returns {Promise<import("./protocol").About>} */
export function about() {
  return ask("GET", "/api/about").catch(() => ({}));
}

/** @returns {Promise<import("./protocol").Principal | null>} null when nobody is signed in */
export async function session() {
  try {
    return await ask("GET", "/api/session");
  } catch (error) {
    if (error instanceof Refusal && [401, 403].includes(error.status)) return null;
    throw error;
  }
}

/**
 * @param {string} username
 * @param {string} password
 * @returns {Promise<import("./protocol").Principal>}
 */
export function signIn(username, password) {
  return ask("POST", "/api/session", { username, password });
}

export function signOut() {
  return ask("DELETE", "/api/session");
}

/** @returns {Promise<string>} */
export async function feedTicket() {
  return (await ask("POST", "/api/ws-tickets")).ticket;
}

/** @returns {Promise<import("./zones.js").ZoneCollection>} */
export function zones() {
  return ask("GET", "/api/zones");
}

/** @returns {Promise<import("./ground.js").Backdrop>} */
export function backdrop() {
  return ask("GET", "/api/backdrop");
}

/**
 * @param {string} number
 * @returns {Promise<import("./protocol").Permit>}
 */
export function permit(number) {
  return ask("GET", `/api/permits/${encodeURIComponent(number)}`);
}

/**
 * @param {string} id
 * @returns {Promise<import("./protocol").Violation>}
 */
export function violation(id) {
  return ask("GET", `/api/violations/${encodeURIComponent(id)}`);
}

/**
 * The clips of evidence of a violation, sealed or not.
 *
 * @param {string} id
 * @returns {Promise<import("./protocol").EvidenceClip[]>}
 */
export async function evidenceOf(id) {
  return (await ask("GET", `/api/evidence?key=${encodeURIComponent(id)}`)).items;
}

/**
 * How the unit of a device stands to the zones that it is to know.
 *
 * @param {string} id
 * @returns {Promise<import("./protocol").Fence>}
 */
export function fenceOf(id) {
  return ask("GET", `/api/devices/${encodeURIComponent(id)}/fence`);
}

/**
 * How good the data of a device was on each of the last thirty days on which it was heard, the oldest first.
 *
 * @param {string} id
 * @returns {Promise<import("./protocol").QualityDay[]>}
 */
export async function qualityOf(id) {
  return (await ask("GET", `/api/devices/${encodeURIComponent(id)}/quality`)).items;
}

const LEFT = "open=false&resolved=false";

/**
 * Those that ended and that nobody is done with: the latest, and how many there are.
 *
 * @param {number} atMost
 * @returns {Promise<{items: import("./protocol").Violation[], count: number}>}
 */
export async function leftViolations(atMost) {
  const [page, { count }] = await Promise.all([
    ask("GET", `/api/violations?${LEFT}&limit=${atMost}`),
    ask("GET", `/api/violations/count?${LEFT}`),
  ]);
  return { items: page.items, count };
}

/**
 * @param {import("./protocol").Violation} violation
 * @param {"acknowledge" | "resolve"} action
 * @param {{ note: string, unfounded?: boolean }} said
 * @returns {Promise<import("./protocol").Violation>}
 */
export function handle({ id, revision }, action, said) {
  return ask("POST", `/api/violations/${encodeURIComponent(id)}/${action}`, { revision, ...said });
}
