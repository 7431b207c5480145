// The page: a visitor comes in, and goes in and out of rooms.
import { caller } from "./call.js";
import { openConnection } from "./connection.js";
import { openDesk } from "./desk.js";
import { byId } from "./dom.js";
import { called, heard, noted, told } from "./journal.js";
import { RoomCard } from "./room.js";
const ROOMS = ["Garden", "Kitchen", "Library"];
const cards = new Map();
function comeIn(visitor) {
    const enter = byId("enter");
    enter.disabled = true;
    const again = openConnection(visitor, {
        made(house, desk) {
            const { here } = furnish(house);
            openDesk(desk, ROOMS);
            house.on("connect", () => moveIn(desk, here));
        },
        state(state) {
            showState(state, state);
            byId("out").hidden = true;
            byId("problem").textContent = state === "offline" ? "The house cannot be reached. Trying again…" : "";
        },
        rejected(reason) {
            enter.disabled = false;
            byId("problem").textContent = reason;
            show("start");
        },
        shownOut() {
            noted("disconnected by the app");
            showState("offline", "shown out");
            for (const card of cards.values())
                card.thrownOut("");
            byId("out").hidden = false;
        },
    });
    byId("back").onclick = () => again();
    async function moveIn(desk, here) {
        noted("connected to /");
        byId("who").textContent = visitor.name;
        show("house");
        // A new socket is in no room, whatever the last one was in.
        for (const card of cards.values())
            await card.return();
        here();
        if (visitor.word && !desk.connected)
            desk.connect();
    }
}
/** Makes the rooms for a socket, and listens. */
function furnish(house) {
    const call = caller(house, called);
    /** Tells the desk where this page is. */
    function here() {
        const rooms = ROOMS.filter((room) => cards.get(room)?.inside);
        told("here", rooms);
        house.emit("here", rooms);
    }
    for (const room of ROOMS) {
        const card = new RoomCard(room, {
            async enter(room) {
                await call("enter", room);
            },
            async leave(room) {
                await call("leave", room);
            },
            wave(room) {
                told("wave", room);
                house.emit("wave", room);
            },
            async show(room, { caption, image }) {
                const answer = await call("show", room, caption, image);
                // Two lists are possible, and the compiler insists on telling them apart.
                if (answer.length === 1) {
                    card.tell(answer[0].reason);
                    return false;
                }
                const [format, size] = answer;
                card.tell(`Shown as ${format}, ${(size / 1000).toFixed(1)} kB.`);
                return true;
            },
            moved: here,
        });
        cards.set(room, card);
    }
    byId("rooms").replaceChildren(...[...cards.values()].map((card) => card.element));
    house.on("shown", (picture) => {
        heard("shown", picture);
        cards.get(picture.room)?.hang(picture);
    });
    house.on("waved", (room, from) => {
        heard("waved", room, from);
        cards.get(room)?.tell(`${from} waves.`);
    });
    house.on("closed", (room) => {
        heard("closed", room);
        cards.get(room)?.thrownOut("The keeper has closed this room.");
        here();
    });
    house.on("roll call", () => {
        heard("roll call");
        here();
    });
    return { here };
}
function showState(state, words) {
    byId("state").dataset.state = state;
    byId("state").textContent = words;
    for (const card of cards.values())
        card.reachable = state === "connected";
    byId("open-desk").disabled = state !== "connected";
}
function show(part) {
    for (const id of ["start", "house"])
        byId(id).hidden = id !== part;
}
byId("start-form").onsubmit = (event) => {
    event.preventDefault();
    const [name, word] = ["name", "word"].map((id) => byId(id).value.trim());
    comeIn({ name: name ?? "", word: word ?? "" });
};
if (!window.io) {
    byId("problem").textContent = "The Socket.IO client library could not be loaded. Check your connection and reload the page.";
}
