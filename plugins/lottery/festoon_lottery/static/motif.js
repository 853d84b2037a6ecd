/**
 * What falls, rises or bursts when a name stands: one motif for each theme, in the theme's lights.
 * It comes once and rests; who wants no motion sees none of it.
 */
import { calm } from "/static/reveal.js";

/**
 * @typedef {{x: number, y: number, dx: number, dy: number, size: number, turn: number,
 *   wait: number, colour: string}} Piece positions and sizes in hundredths of the height
 * @typedef {{count: number, ms: number, pull: number, make: (wide: number, n: number) => Partial<Piece>,
 *   draw: (pen: CanvasRenderingContext2D, size: number, age: number) => void}} Motif
 */

const between = (/** @type {number} */ low, /** @type {number} */ high) =>
  low + Math.random() * (high - low);

/** @param {CanvasRenderingContext2D} pen @param {number} size @param {number} points @param {number} waist */
function star(pen, size, points, waist) {
  pen.beginPath();
  for (let n = 0; n < points * 2; n++) {
    const reach = n % 2 ? size * waist : size;
    pen.lineTo(reach * Math.sin((n * Math.PI) / points), -reach * Math.cos((n * Math.PI) / points));
  }
  pen.fill();
}

/** @param {CanvasRenderingContext2D} pen @param {number} size */
function flake(pen, size) {
  pen.lineWidth = size * 0.16;
  for (let arm = 0; arm < 6; arm++) {
    pen.rotate(Math.PI / 3);
    pen.beginPath();
    pen.moveTo(0, 0);
    pen.lineTo(0, size);
    pen.moveTo(-size * 0.28, size * 0.82);
    pen.lineTo(0, size * 0.55);
    pen.lineTo(size * 0.28, size * 0.82);
    pen.stroke();
  }
}

/** @type {Record<string, Motif>} */
const MOTIFS = {
  // Rockets: three bursts, one after another.
  "new-year": {
    count: 150,
    ms: 5600,
    pull: 9,
    make: (wide, n) => {
      const burst = n % 3;
      const turn = Math.random() * Math.PI * 2;
      const speed = between(6, 34);
      return {
        x: wide * [0.24, 0.62, 0.42][burst],
        y: [34, 24, 46][burst],
        dx: Math.cos(turn) * speed,
        dy: Math.sin(turn) * speed,
        size: between(0.8, 1.9),
        wait: [0, 0.16, 0.3][burst],
      };
    },
    draw: (pen, size) => star(pen, size, 4, 0.34),
  },
  // Snow, slow and sideways.
  christmas: {
    count: 90,
    ms: 7000,
    pull: 0,
    make: (wide) => ({
      x: between(0, wide),
      y: between(-30, 4),
      dx: between(-2.5, 2.5),
      dy: between(9, 19),
      size: between(0.7, 2.1),
      wait: between(0, 0.25),
      colour: "#fff8ec",
    }),
    draw: flake,
  },
  // Confetti that tumbles.
  birthday: {
    count: 150,
    ms: 5200,
    pull: 7,
    make: (wide) => ({
      x: between(0, wide),
      y: between(-24, 0),
      dx: between(-7, 7),
      dy: between(8, 20),
      size: between(0.9, 1.7),
      wait: between(0, 0.28),
    }),
    draw: (pen, size, age) => {
      pen.scale(1, Math.cos(age * 22));
      pen.fillRect(-size, -size * 0.55, size * 2, size * 1.1);
    },
  },
  // Gold dust that rises from below, as in a glass.
  company: {
    count: 110,
    ms: 5600,
    pull: -3,
    make: (wide) => ({
      x: between(0, wide),
      y: between(96, 116),
      dx: between(-1.2, 1.2),
      dy: between(-17, -6),
      size: between(0.2, 0.75),
      wait: between(0, 0.4),
    }),
    draw: (pen, size) => {
      pen.beginPath();
      pen.arc(0, 0, size, 0, Math.PI * 2);
      pen.fill();
    },
  },
  // One ring that opens around the name.
  plain: {
    count: 2,
    ms: 2600,
    pull: 0,
    make: (wide, n) => ({ x: wide * 0.26, y: 52, dx: 0, dy: 0, size: 16, turn: 0, wait: n * 0.22 }),
    draw: (pen, size, age) => {
      pen.lineWidth = 0.35;
      pen.beginPath();
      pen.arc(0, 0, size * (0.4 + 4.4 * age), 0, Math.PI * 2);
      pen.stroke();
    },
  },
};

/** Over the whole page, for as long as it takes. */
export function motif(theme = document.documentElement.dataset.theme ?? "") {
  if (calm()) return;
  const { count, ms, pull, make, draw } = MOTIFS[theme] ?? MOTIFS["new-year"];
  const canvas = document.createElement("canvas");
  canvas.className = "embers";
  canvas.setAttribute("aria-hidden", "true");
  document.body.append(canvas);
  const ratio = Math.min(devicePixelRatio, 2);
  canvas.width = innerWidth * ratio;
  canvas.height = innerHeight * ratio;
  const pen = canvas.getContext("2d");
  if (!pen) return canvas.remove();
  const unit = canvas.height / 100;
  const tokens = getComputedStyle(document.documentElement);
  const colours = [1, 2, 3, 4, 5].map((n) => tokens.getPropertyValue(`--light-${n}`).trim());
  const pieces = Array.from({ length: count }, (_, n) => ({
    turn: Math.random() * 6,
    colour: colours[n % colours.length],
    ...make(canvas.width / unit, n),
  }));
  const began = performance.now();

  /** @param {number} now */
  function frame(now) {
    const share = (now - began) / ms;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const piece of /** @type {Piece[]} */ (pieces)) {
      const age = (share - piece.wait) / (1 - piece.wait);
      if (age <= 0) continue;
      const seconds = (age * ms) / 1000;
      pen.setTransform(unit, 0, 0, unit, 0, 0);
      pen.translate(
        piece.x + piece.dx * seconds * (1 - age * 0.4),
        piece.y + piece.dy * seconds * (1 - age * 0.4) + (pull * seconds * seconds) / 2,
      );
      pen.rotate(piece.turn + seconds * 0.8);
      pen.globalAlpha = Math.max(0, 1 - age ** 2.2);
      pen.fillStyle = piece.colour;
      pen.strokeStyle = piece.colour;
      draw(pen, piece.size, age);
    }
    if (share < 1) requestAnimationFrame(frame);
    else canvas.remove();
  }
  requestAnimationFrame(frame);
}
