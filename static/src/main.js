// The one script: every module adds something to a page that already works without it.
import * as ballot from "./ballots/ballot.js";
import * as compose from "./issues/compose.js";
import * as rows from "./issues/rows.js";
import * as share from "./issues/share.js";
import * as passkeys from "./people/passkeys.js";
import * as shared from "./issues/shared.js";
import * as push from "./notices/push.js";
import * as app from "./ui/app.js";
import * as gone from "./moderation/gone.js";
import * as queue from "./moderation/queue.js";
import * as confirm from "./ui/confirm.js";
import * as draft from "./ui/draft.js";
import * as fresh from "./ui/fresh.js";
import * as geo from "./ui/geo.js";
import * as htmx from "./ui/htmx.js";
import * as live from "./ui/live.js";
import * as map from "./ui/map.js";
import * as menu from "./ui/menu.js";
import * as outbox from "./ui/outbox.js";
import * as photos from "./ui/photos.js";
import * as shortcuts from "./ui/shortcuts.js";
import * as similar from "./ui/similar.js";
import * as summary from "./ui/summary.js";
import * as tally from "./ui/tally.js";
import * as unread from "./ui/unread.js";

/** What is brought to life in the page, and in each piece put into it later. */
const attached = [summary, tally, fresh, unread, draft, similar, geo, map, photos, rows, compose, share, shared, ballot, queue, push, app, outbox, passkeys, live];

app.start();
outbox.start();
menu.start();
gone.start();
confirm.start();
shortcuts.start();
htmx.start((root) => {
  for (const module of attached) module.attach(root);
});
