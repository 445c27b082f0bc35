// The stream of events. The browser comes back by itself where it can; where it gives up, we begin anew.

const PATIENCE_MS = 7000;
const RETRY_MS = 1500;

/**
 * Follow the stream for as long as the page is there.
 * `handlers` are called by the name of the event; `lost` when nothing has come for some seconds, or the stream is cut.
 */
export function follow(address, handlers, lost) {
  let source = null;
  let watchdog = 0;
  let planned = 0;

  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => { lost(); begin(); }, PATIENCE_MS);
  };
  const begin = () => {
    clearTimeout(planned);
    if (source) source.close();
    source = new EventSource(address);
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (message) => { alive(); handle(JSON.parse(message.data)); });
    }
    source.addEventListener("error", failed);
    alive();
  };
  const failed = () => {
    lost();
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(watchdog);
    clearTimeout(planned);
    planned = setTimeout(async () => { if (await mayCome(address)) begin(); }, RETRY_MS);
  };
  begin();
}

/** Go to the login when that is why the stream is refused. */
async function mayCome() {
  try {
    const answer = await fetch("/api/overview", { cache: "no-store" });
    if (answer.status === 401) location.assign("/login");
    return answer.status !== 401;
  } catch {
    return true;
  }
}
