// Maps from the district's own polygons; Leaflet is loaded only when one comes into view.
import { unattached } from "./page.js";

/** @param {string | undefined} url */
async function geojson(url) {
  if (!url) return undefined;
  const answer = await fetch(url, { headers: { Accept: "application/geo+json, application/json" } });
  return answer.ok ? answer.json() : undefined;
}

/** @param {HTMLElement} box */
async function draw(box) {
  const [module, polygon, points] = await Promise.all([
    import("leaflet"), geojson(box.dataset.polygon), geojson(box.dataset.points),
  ]);
  const L = /** @type {any} */ (module).default ?? module;
  const map = L.map(box, { zoomControl: false, attributionControl: Boolean(box.dataset.tiles), scrollWheelZoom: false });
  L.control.zoom({ zoomInTitle: box.dataset.textIn, zoomOutTitle: box.dataset.textOut }).addTo(map);
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { attribution: box.dataset.attribution ?? "", maxZoom: 18 }).addTo(map);
  map.setView([29.56, 106.55], 13);
  if (polygon) {
    const area = L.geoJSON(polygon, { interactive: false, style: { className: "map-area" } }).addTo(map);
    if (area.getBounds().isValid()) map.fitBounds(area.getBounds(), { padding: [8, 8] });
  }
  if (points) {
    L.geoJSON(points, {
      pointToLayer: (/** @type {any} */ feature, /** @type {any} */ at) =>
        L.circleMarker(at, { radius: 9, className: `map-point map-point-${feature.properties.tone ?? "brand"}` }),
      onEachFeature: (/** @type {any} */ feature, /** @type {any} */ layer) => {
        const { label, url } = feature.properties;
        const link = document.createElement(url ? "a" : "span");
        link.textContent = label ?? "";
        if (url) link.setAttribute("href", url);
        layer.bindPopup(link);
      },
    }).addTo(map);
  }
  pick(box, map, L);
}

/**
 * Lets a click set the point of two inputs, and follows them when they change otherwise.
 * @param {HTMLElement} box @param {any} map @param {any} L
 */
function pick(box, map, L) {
  const lat = /** @type {HTMLInputElement | null} */ (document.getElementById(box.dataset.lat ?? ""));
  const lon = /** @type {HTMLInputElement | null} */ (document.getElementById(box.dataset.lon ?? ""));
  if (!lat || !lon) return;
  const marker = L.circleMarker([0, 0], { radius: 10, className: "map-point" });
  const show = (/** @type {boolean} */ centre) => {
    if (!lat.value || !lon.value || Number.isNaN(Number(lat.value) + Number(lon.value))) return;
    marker.setLatLng([Number(lat.value), Number(lon.value)]).addTo(map);
    if (centre) map.setView(marker.getLatLng(), Math.max(map.getZoom(), 15));
  };
  map.on("click", (/** @type {any} */ { latlng }) => {
    lat.value = latlng.lat.toFixed(6);
    lon.value = latlng.lng.toFixed(6);
    show(false);
    lon.dispatchEvent(new Event("change", { bubbles: true }));
  });
  for (const input of [lat, lon]) input.addEventListener("change", () => show(true));
  show(true);
}

/** @param {HTMLElement} root */
export function attach(root) {
  for (const box of unattached(root, "data-map")) {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      draw(box);
    }, { rootMargin: "200px" });
    seen.observe(box);
  }
}
