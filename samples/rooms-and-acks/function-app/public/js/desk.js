// The keeper's desk: a namespace of its own, which the app opens for the keeper alone.
import { caller } from "./call.js";
import { button, byId, make } from "./dom.js";
import { called, heard, noted } from "./journal.js";
export function openDesk(desk, rooms) {
    const call = caller(desk, called);
    /** Who has said "here" since the desk was opened, by socket. */
    const guests = new Map();
    function showGuests() {
        const entry = ({ socket, name, rooms }) => make("li", { dataset: { testid: "guest", name } }, make("b", { textContent: name }), make("span", { className: "where", textContent: rooms.join(", ") || "in no room" }), button("Show out", "show-out", () => attempt(call("show out", socket))));
        const list = [...guests.values()].sort((one, other) => one.name.localeCompare(other.name));
        byId("guests").replaceChildren(...list.map(entry));
        byId("nobody").hidden = guests.size > 0;
    }
    /** The journal has written down what became of it. */
    const attempt = (work) => void work.catch(() => { });
    const row = (room) => make("li", { dataset: { room } }, make("b", { textContent: room }), button("Close", "close", () => attempt(call("close", room))), button("Send home", "send-home", () => attempt(call("send home", room))));
    byId("desk-rooms").replaceChildren(...rooms.map(row));
    desk.on("connect", () => {
        noted("connected to /keeper");
        guests.clear();
        showGuests();
        byId("desk-refused").textContent = "";
        byId("desk").dataset.open = "yes";
    });
    desk.on("connect_error", ({ message }) => {
        noted(`connect_error in /keeper: ${JSON.stringify(message)}`);
        byId("desk-refused").textContent = message;
    });
    desk.on("disconnect", () => (byId("desk").dataset.open = "no"));
    desk.on("present", (guest) => {
        heard("present", guest);
        guests.set(guest.socket, guest);
        showGuests();
    });
    desk.on("gone", (socket) => {
        heard("gone", socket);
        guests.delete(socket);
        showGuests();
    });
    byId("open-desk").onclick = () => desk.connect();
}
