// The moving objects on a canvas of their own above the map: the map below is not redrawn
// when they move. One point an object; its place between two fixes is found by the GPU.

import { FLOATS } from "./fleet.js";

const STRIDE = FLOATS * 4;

const VERTEX = `#version 300 es
layout(location = 0) in vec2 a_from;
layout(location = 1) in vec2 a_to;
layout(location = 2) in vec2 a_time;     // start, period
layout(location = 3) in vec2 a_state;    // heading (NaN unknown), flags
uniform vec2 u_centre;                   // the camera, from the anchor
uniform vec2 u_scale;                    // clip units a unit of the world
uniform float u_now;
uniform float u_pixel;                   // device pixels a CSS pixel
uniform float u_small;                   // size of an object that breaks nothing
uniform int u_pass;                      // 0 the others, 1 those that break a rule
uniform ivec3 u_shown;                   // road, air, water
uniform int u_selected;
flat out int v_domain;
flat out int v_flags;
flat out int v_selected;
flat out vec2 v_turn;                    // sine and cosine of the heading
flat out float v_size;
void main() {
  int flags = int(a_state.y);
  v_flags = flags;
  v_domain = flags & 3;
  bool violating = (flags & 4) != 0;
  v_selected = gl_VertexID == u_selected ? 1 : 0;
  bool unknown = a_state.x != a_state.x;
  float turn = radians(a_state.x);
  v_turn = unknown ? vec2(2.0, 0.0) : vec2(sin(turn), cos(turn));
  float part = clamp((u_now - a_time.x) / a_time.y, 0.0, 1.0);
  vec2 at = (mix(a_from, a_to, part) - u_centre) * u_scale;
  bool drawn = violating == (u_pass == 1) && u_shown[v_domain] == 1;
  gl_Position = drawn ? vec4(at, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  v_size = (violating ? u_small + 24.0 : v_selected == 1 ? u_small + 16.0 : u_small) * u_pixel;
  gl_PointSize = v_size;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
flat in int v_domain;
flat in int v_flags;
flat in int v_selected;
flat in vec2 v_turn;
flat in float v_size;
uniform vec3 u_domain[3];
uniform vec3 u_violating;
uniform vec3 u_edge;
uniform vec3 u_ring;
uniform float u_pixel;
out vec4 colour;

float triangle(vec2 p, vec2 a, vec2 b, vec2 c) {
  vec2 e0 = b - a, e1 = c - b, e2 = a - c;
  vec2 v0 = p - a, v1 = p - b, v2 = p - c;
  vec2 q0 = v0 - e0 * clamp(dot(v0, e0) / dot(e0, e0), 0.0, 1.0);
  vec2 q1 = v1 - e1 * clamp(dot(v1, e1) / dot(e1, e1), 0.0, 1.0);
  vec2 q2 = v2 - e2 * clamp(dot(v2, e2) / dot(e2, e2), 0.0, 1.0);
  float s = sign(e0.x * e2.y - e0.y * e2.x);
  vec2 d = min(min(vec2(dot(q0, q0), s * (v0.x * e0.y - v0.y * e0.x)),
                   vec2(dot(q1, q1), s * (v1.x * e1.y - v1.y * e1.x))),
                   vec2(dot(q2, q2), s * (v2.x * e2.y - v2.y * e2.x)));
  return -sqrt(d.x) * sign(d.y);
}

// Distance to the outline, in CSS pixels, y up, nose up. Road: an arrow. Air: a slim dart.
// Water: a hull. Without a heading: a disc, a diamond, a square.
float outline(vec2 p, float r) {
  if (v_turn.x > 1.0) {
    if (v_domain == 0) return length(p) - r * 0.7;
    if (v_domain == 1) return (abs(p.x) + abs(p.y) - r * 0.95) * 0.7071;
    return max(abs(p.x), abs(p.y)) - r * 0.62;
  }
  if (v_domain == 0) {
    float body = triangle(p, vec2(0.0, r), vec2(-r * 0.72, -r * 0.8), vec2(r * 0.72, -r * 0.8));
    return max(body, -triangle(p, vec2(0.0, -r * 0.35), vec2(-r * 0.8, -r * 1.1), vec2(r * 0.8, -r * 1.1)));
  }
  if (v_domain == 1) {
    float left = triangle(p, vec2(0.0, r), vec2(-r * 0.95, -r * 0.35), vec2(0.0, -r * 0.1));
    float right = triangle(p, vec2(0.0, r), vec2(r * 0.95, -r * 0.35), vec2(0.0, -r * 0.1));
    float tail = triangle(p, vec2(0.0, r * 0.2), vec2(-r * 0.45, -r * 0.95), vec2(r * 0.45, -r * 0.95));
    return min(min(left, right), tail);
  }
  vec2 q = vec2(abs(p.x), p.y);
  float bow = length(q - vec2(-r * 0.55, -r * 0.05)) - r * 1.12;
  return max(bow, -p.y - r * 0.8);
}

// Most objects on a wide view are a few pixels wide: a dot, and cheap.
void dot_of_few_pixels(vec2 p, float whole, bool open) {
  float away = length(p) - whole + 1.0;
  float cover = 1.0 - smoothstep(-0.75, 0.75, open ? abs(away + 0.6) - 0.7 : away);
  if (cover < 0.01) discard;
  colour = vec4(u_domain[v_domain] * cover, cover);
}

void main() {
  vec2 p = (gl_PointCoord - 0.5) * v_size / u_pixel;
  p.y = -p.y;
  vec2 turned = v_turn.x > 1.0 ? p
    : vec2(p.x * v_turn.y - p.y * v_turn.x, p.x * v_turn.x + p.y * v_turn.y);
  bool violating = (v_flags & 4) != 0;
  bool stale = (v_flags & 8) != 0;
  bool lost = (v_flags & 16) != 0;
  float whole = v_size / u_pixel * 0.5;
  if (whole < 5.0) {
    dot_of_few_pixels(p, whole, stale || lost);
    return;
  }
  float r = violating ? whole * 0.5 : v_selected == 1 ? whole - 8.0 : whole - 2.0;
  vec3 paint = violating ? u_violating : u_domain[v_domain];
  float d = outline(turned, r);
  float aa = 0.75;
  float inside = 1.0 - smoothstep(-aa, aa, d);
  float hollow = 1.0 - smoothstep(-aa, aa, abs(d + 0.8) - 0.9);
  float body = stale || lost ? hollow : inside;
  float edge = 1.0 - smoothstep(-aa, aa, d - 1.3);
  float away = length(p);
  vec4 made = vec4(0.0);
  if (violating) {
    float halo = 1.0 - smoothstep(whole * 0.55, whole, away);
    made = vec4(u_violating, 0.38 * halo);
    float ring = 1.0 - smoothstep(0.0, 1.2, abs(away - whole + 3.0) - 0.7);
    made = mix(made, vec4(u_violating, 0.9), ring);
  }
  if (!(stale || lost)) made = mix(made, vec4(u_edge, 0.85), edge * 0.9);
  made = mix(made, vec4(paint, 1.0), body);
  if (lost) {   // a stroke across: where it is now is not known
    float stroke = 1.0 - smoothstep(-aa, aa, max(abs(p.x - p.y) * 0.7071 - 1.2, away - r));
    made = mix(made, vec4(paint, 1.0), stroke);
  }
  if (v_selected == 1) {
    float ring = 1.0 - smoothstep(-aa, aa, abs(away - whole + 1.8) - 1.0);
    made = mix(made, vec4(u_ring, 1.0), ring);
  }
  if (made.a < 0.01) discard;
  colour = vec4(made.rgb * made.a, made.a);
}`;

/**
 * @param {WebGL2RenderingContext} gl
 * @param {number} type
 * @param {string} source
 */
function shader(gl, type, source) {
  const made = /** @type {WebGLShader} */ (gl.createShader(type));
  gl.shaderSource(made, source);
  gl.compileShader(made);
  if (!gl.getShaderParameter(made, gl.COMPILE_STATUS) && !gl.isContextLost()) {
    throw new Error(`overlay shader: ${gl.getShaderInfoLog(made)}`);
  }
  return made;
}

export class Overlay {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { alpha: true, antialias: false, depth: false });
    if (!gl) throw new Error("this browser has no WebGL2");
    this.canvas = canvas;
    this.gl = gl;
    this.uploaded = -1;
    this.#prepare();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => this.#prepare());
  }

  #prepare() {
    const { gl } = this;
    const program = gl.createProgram();
    gl.attachShader(program, shader(gl, gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, shader(gl, gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(program);
    gl.useProgram(program);
    this.program = program;
    /** @type {Map<string, WebGLUniformLocation | null>} */
    this.places = new Map();
    gl.bindVertexArray(gl.createVertexArray());
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    for (const location of [0, 1, 2, 3]) {
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, 2, gl.FLOAT, false, STRIDE, location * 8);
    }
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.uploaded = -1;
  }

  /** @param {string} name */
  #uniform(name) {
    const places = /** @type {Map<string, WebGLUniformLocation | null>} */ (this.places);
    const program = /** @type {WebGLProgram} */ (this.program);
    let place = places.get(name);
    if (place === undefined) {
      place = this.gl.getUniformLocation(program, name);
      places.set(name, place);
    }
    return place;
  }

  /**
   * @param {number} widthPx  CSS pixels
   * @param {number} heightPx
   * @param {number} ratio  device pixels a CSS pixel
   */
  resize(widthPx, heightPx, ratio) {
    const width = Math.round(widthPx * ratio);
    const height = Math.round(heightPx * ratio);
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
  }

  /**
   * @param {import("./fleet.js").Fleet} fleet
   * @param {import("./mercator.js").Camera} camera
   * @param {object} look
   * @param {number} look.nowMs
   * @param {number} look.ratio
   * @param {import("./palette.js").Palette} look.palette
   * @param {readonly import("./protocol").Domain[]} look.kinds
   * @param {string | null} look.selected  device id
   * @param {number} look.zoom
   */
  draw(fleet, camera, { nowMs, ratio, palette, kinds, selected, zoom }) {
    const { gl } = this;
    if (gl.isContextLost()) return;
    this.resize(camera.widthPx, camera.heightPx, ratio);
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (fleet.count === 0) return;
    this.#upload(fleet);
    gl.uniform2f(this.#uniform("u_centre"), camera.x - fleet.anchor.x, camera.y - fleet.anchor.y);
    const scaleX = (2 * camera.worldPx) / camera.widthPx;
    const scaleY = (-2 * camera.worldPx) / camera.heightPx;
    gl.uniform2f(this.#uniform("u_scale"), scaleX, scaleY);
    gl.uniform1f(this.#uniform("u_now"), nowMs - fleet.epochMs);
    gl.uniform1f(this.#uniform("u_pixel"), ratio);
    gl.uniform1f(this.#uniform("u_small"), Math.max(6, Math.min(20, 6 + (zoom - 9) * 3.2)));
    gl.uniform1i(this.#uniform("u_selected"), fleet.rowOf(selected));
    this.#colours(palette, kinds);
    for (const pass of [0, 1]) {
      gl.uniform1i(this.#uniform("u_pass"), pass);
      gl.drawArrays(gl.POINTS, 0, fleet.count);
    }
  }

  /** @param {import("./fleet.js").Fleet} fleet */
  #upload(fleet) {
    if (this.uploaded === fleet.version) return;
    const { gl } = this;
    gl.bufferData(gl.ARRAY_BUFFER, fleet.buffer.subarray(0, fleet.count * FLOATS), gl.DYNAMIC_DRAW);
    this.uploaded = fleet.version;
  }

  /**
   * @param {import("./palette.js").Palette} palette
   * @param {readonly import("./protocol").Domain[]} kinds
   */
  #colours({ domain, violating, edge, selected }, kinds) {
    const { gl } = this;
    const all = [...domain.road, ...domain.air, ...domain.water];
    gl.uniform3fv(this.#uniform("u_domain"), all);
    gl.uniform3fv(this.#uniform("u_violating"), violating);
    gl.uniform3fv(this.#uniform("u_edge"), edge);
    gl.uniform3fv(this.#uniform("u_ring"), selected);
    const [road, air, water] = /** @type {const} */ (["road", "air", "water"]).map((kind) =>
      Number(kinds.includes(kind)),
    );
    gl.uniform3i(this.#uniform("u_shown"), road ?? 1, air ?? 1, water ?? 1);
  }
}
