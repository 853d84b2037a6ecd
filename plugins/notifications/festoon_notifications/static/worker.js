/** The part of the host's service worker that shows messages. */
self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data?.json() ?? {};
  } catch {
    told = { title: event.data?.text() };
  }
  const { id, title, body, url, lang } = told;
  event.waitUntil(
    self.registration.showNotification(title || "News", {
      body: body || "",
      lang: lang || "",
      // What comes twice takes its own place.
      tag: id || undefined,
      icon: "/static/mark.svg",
      data: { url: url || "/" },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data?.url ?? "/", self.location.origin);
  // Only pages of this host are opened.
  const url = wanted.origin === self.location.origin ? wanted.href : self.location.origin;
  event.waitUntil(
    (async () => {
      const open = await self.clients.matchAll({ type: "window" });
      const there = open.find((one) => one.url === url);
      await (there ? there.focus() : self.clients.openWindow(url));
    })(),
  );
});
