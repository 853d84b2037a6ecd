// Socket.IO 4 as its documentation has it: a middleware signs in, a room is joined, one `emit`
// to the room. WebSocket only, no compression.
// usage: node socketio.js PORT CONTROL_PORT SECRET
"use strict";

const { createHmac, timingSafeEqual } = require("node:crypto");
const { createServer } = require("node:http");
const net = require("node:net");
const { Server } = require("socket.io");

const [port, controlPort, secret] = [+process.argv[2], +process.argv[3], process.argv[4]];
const TEXT = "x".repeat(268);
let counted = 0;

function claims(token) {
  const [head, body, signature] = String(token).split(".");
  const right = createHmac("sha256", secret).update(`${head}.${body}`).digest();
  const given = Buffer.from(signature ?? "", "base64url");
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  const found = JSON.parse(Buffer.from(body, "base64url"));
  return found.exp > Date.now() / 1000 ? found : null;
}

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
});

io.use((socket, next) => {
  const found = claims(socket.handshake.auth.token);
  if (!found) return next(new Error("UNAUTHORIZED"));
  socket.data.user = found.sub;
  next();
});

io.on("connection", (socket) => {
  socket.on("subscribe", (data, answer) => {
    socket.join(data.roomId);
    answer({ roomId: data.roomId });
  });
  socket.on("count", (data, answer) => {
    if (!socket.data.user || !socket.rooms.has(data.roomId)) {
      return answer?.({ error: "FORBIDDEN" });
    }
    counted += 1;
    answer?.({});
  });
});

function emit(number) {
  io.to("hall").emit("bench:event", {
    mark: `@@${String(number).padStart(9, "0")}`,
    text: TEXT,
  });
}

net
  .createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      for (const line of bytes.toString().split("\n")) {
        const [what, first, count] = line.split(" ");
        if (what === "c") socket.write(`${counted}\n`);
        if (what === "e") for (let i = 0; i < +count; i++) emit(+first + i);
      }
    });
  })
  .listen(controlPort, "127.0.0.1");
http.listen(port, "127.0.0.1", 4096);
