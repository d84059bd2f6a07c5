// What a page needs to follow a run: it comes back after whatever broke, and goes on
// behind the last event that it has. It drops nothing and repeats nothing by itself, so
// that what it noted is what it was told.
"use strict";

// Not all pages come back at once.
const pause = (tries) => Math.min(2000, 200 * 2 ** tries) * (0.5 + Math.random());

const ended = new Set(["COMPLETED", "COMPLETED_PARTIAL", "NO_EVIDENCE", "FAILED", "CANCELLED"]);

// note keeps what was told in log and reports whether the run has ended.
function note(log, event) {
  log.sequences.push(Number(event.sequence));
  log.done = ended.has(event.stateChanged?.state);
  return log.done;
}

const newest = (log) => log.sequences.at(-1) ?? 0;

// followBySocket follows a run over the WebSocket. A browser can set no header on it, so
// the token is offered as a subprotocol.
function followBySocket(base, token, id, log) {
  let tries = 0;
  const connect = () => {
    const socket = new WebSocket(base.replace(/^http/, "ws") + "/api/v1/ws/page", ["bearer", token]);
    socket.onopen = () => {
      log.opened++;
      socket.send(JSON.stringify({ id: "1", subscribe: { analysisId: id, afterSequence: String(newest(log)) } }));
    };
    socket.onmessage = (message) => {
      tries = 0;
      const told = JSON.parse(message.data);
      if (told.error) log.errors.push(told.error.code);
      if (told.event && note(log, told.event)) socket.close();
    };
    socket.onclose = () => {
      if (!log.done) setTimeout(connect, pause(tries++));
    };
  };
  connect();
}

// types are those of events: an EventSource hands each to listeners of its own.
const types = [
  "STATE_CHANGED", "ROUND_STARTED", "SOURCE_FOUND", "SOURCE_FETCHED", "SOURCE_FAILED", "EVIDENCE_RANKED",
  "FINDING_ADDED", "CITATION_CHECKED", "USAGE", "TEXT", "REPORT_READY", "ERROR",
];

// followByStream follows a run by the browser's own EventSource, which comes back by
// itself and says where it was. It can set no header, so the token is in the address.
function followByStream(base, token, id, log) {
  const address = new URL(`${base}/api/v1/analysis/${id}/events`);
  address.searchParams.set("access_token", token);
  const source = new EventSource(address);
  source.onopen = () => log.opened++;
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED && !log.done) log.errors.push("given up");
  };
  for (const type of types) {
    source.addEventListener(type, (message) => {
      if (note(log, JSON.parse(message.data))) source.close();
    });
  }
}
