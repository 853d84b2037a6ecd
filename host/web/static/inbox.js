/** The inbox on this device, in step with the others. */
import { follow } from "./bell.js";
import { showState } from "./connection.js";
import { connect } from "./festoon.js";
import { freshener } from "./fresh.js";

const fresh = freshener();
const live = connect({ url: "/realtime" });
live.onState((state) => {
  showState(state);
  if (state === "back") fresh();
});
follow(live);
for (const event of ["notification:unread", "notification:received"]) live.on(event, fresh);
