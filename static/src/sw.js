// The service worker: built files from the device, the offline page when there is no line, photos
// shared from other apps, and push. It keeps no page and no answer of the API: those may be private.

/* global __BUILD__, __FILES__ */
const KEPT = `gongzhi-${__BUILD__}`;
const SHARED = "gongzhi-shared";
const OFFLINE = "/offline";
const FILES = __FILES__.map((name) => `/static/${name}`);

async function keepFiles() {
  const cache = await caches.open(KEPT);
  await cache.addAll([new Request(OFFLINE, { credentials: "omit" }), ...FILES]);
}

self.addEventListener("install", (event) => {
  event.waitUntil(keepFiles().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== KEPT && name !== SHARED) await caches.delete(name);
    await self.clients.claim();
  })());
});

/** Built files never change under their names: the device's copy is as good as the server's. */
async function file(request) {
  const cache = await caches.open(KEPT);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok && /-[0-9A-Z]{8,}\./.test(request.url)) await cache.put(request, answer.clone());
  return answer;
}

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    const kept = await caches.match(OFFLINE);
    return kept ?? Response.error();
  }
}

/** Photos shared from another app wait here until the page for a new issue takes them. */
async function takeShared(request) {
  const cache = await caches.open(SHARED);
  for (const old of await cache.keys()) await cache.delete(old);
  const given = await request.formData();
  let number = 0;
  for (const photo of given.getAll("photos").slice(0, 6)) {
    if (!(photo instanceof File) || !photo.type.startsWith("image/")) continue;
    const headers = { "Content-Type": photo.type, "X-Name": encodeURIComponent(photo.name) };
    await cache.put(`/shared/${number++}`, new Response(photo, { headers }));
  }
  return Response.redirect("/issues/new?shared=1", 303);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && url.pathname === "/share") event.respondWith(takeShared(request));
  else if (request.method !== "GET") return;
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(request));
});

self.addEventListener("message", (event) => {
  if (event.data !== "signed-out") return;
  event.waitUntil((async () => {
    for (const name of await caches.keys()) await caches.delete(name);
    await keepFiles();
  })());
});

self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  event.waitUntil(self.registration.showNotification(told.title ?? "", {
    body: told.body,
    tag: told.tag,
    icon: "/static/app192.png",
    badge: "/static/app192.png",
    data: { url: told.url },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.url ?? "/", self.location.origin);
  if (url.origin === self.location.origin) event.waitUntil(self.clients.openWindow(url.href));
});
