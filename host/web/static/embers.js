/** A fall of sparks from the lights that thins out and comes to rest. */
import { calm } from "./reveal.js";

const LIFE_MS = 4200;

/** @param {number} [count] sparks */
export function embers(count = 90) {
  if (calm()) return;
  const canvas = document.createElement("canvas");
  canvas.className = "embers";
  canvas.setAttribute("aria-hidden", "true");
  document.body.append(canvas);
  const ratio = Math.min(devicePixelRatio, 2);
  canvas.width = innerWidth * ratio;
  canvas.height = innerHeight * ratio;
  const pen = canvas.getContext("2d");
  if (!pen) return canvas.remove();
  const tokens = getComputedStyle(document.documentElement);
  const colours = [1, 2, 3, 4, 5].map((n) => tokens.getPropertyValue(`--light-${n}`).trim());
  const unit = canvas.height / 100;
  const sparks = Array.from({ length: count }, (_, n) => ({
    x: Math.random() * canvas.width,
    y: (4 + Math.random() * 8) * unit,
    drift: (Math.random() - 0.5) * 7 * unit,
    fall: (9 + Math.random() * 16) * unit,
    size: (0.16 + Math.random() * 0.3) * unit,
    wait: Math.random() * 0.35,
    colour: colours[n % colours.length],
  }));
  const began = performance.now();

  /** @param {number} now */
  function frame(now) {
    const age = (now - began) / LIFE_MS;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const spark of sparks) {
      const own = (age - spark.wait) / (1 - spark.wait);
      if (own <= 0) continue;
      const seconds = (own * LIFE_MS) / 1000;
      const eased = seconds * (1 - own * 0.45);
      pen.globalAlpha = Math.max(0, (1 - own) ** 1.4);
      pen.fillStyle = spark.colour;
      pen.beginPath();
      pen.arc(
        spark.x + spark.drift * eased + Math.sin(seconds * 2 + spark.x) * unit,
        spark.y + spark.fall * eased,
        spark.size,
        0,
        Math.PI * 2,
      );
      pen.fill();
    }
    if (age < 1) requestAnimationFrame(frame);
    else canvas.remove();
  }
  requestAnimationFrame(frame);
}
