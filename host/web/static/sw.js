/**
 * Out of reach of the host, a navigation shows the offline page instead of the browser's own.
 * Nothing else is kept: what a page shows is always what the server says now.
 */
const CACHE = "festoon-offline-1";
const OFFLINE = "/offline";

async function prepare() {
  const page = await fetch(OFFLINE, { cache: "no-store" });
  const text = await page.clone().text();
  const cache = await caches.open(CACHE);
  await cache.put(OFFLINE, page);
  const files = [...text.matchAll(/(?:href|src)="((?:\/static\/|\/brand\.css)[^"]*)"/g)];
  await cache.addAll([...new Set(files.map(([, file]) => file))]);
}

self.addEventListener("install", (event) => {
  event.waitUntil(prepare().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (new URL(request.url).pathname.startsWith("/static/")) {
    event.respondWith(
      fetch(request).catch(async () => (await caches.match(request, { ignoreVary: true })) ?? Response.error()),
    );
  }
});
