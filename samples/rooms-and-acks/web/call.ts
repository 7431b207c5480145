// Emitting with an acknowledgement, as a promise.
//
// The library has `emitWithAck`, which gives the first argument of an acknowledgement. Here an answer is the whole list: it
// may have any length, and its length says whether it is a refusal.

import type { Socket } from "socket.io-client";

/** The service may have to wait for a function that is just starting. */
const LIMIT = 15_000;

/** The arguments of an event, without the callback. */
export type Sent<Event extends (...args: any) => void> =
  Parameters<Event> extends [...infer Args, (...answer: any[]) => void] ? Args : never;

/** What the callback of an event gets. */
export type Answer<Event extends (...args: any) => void> =
  Parameters<Event> extends [...unknown[], (...answer: infer Answer) => void] ? Answer : never;

/** Hears of each call when it begins; what it returns hears how it ended. */
export type Witness = (event: string, args: readonly unknown[]) => (answer: readonly unknown[] | Error) => void;

/**
 * Makes a function that emits events of one socket and resolves to what their callbacks get. It rejects where no answer
 * comes: because the function failed, say, or because the connection is gone.
 */
export function caller<Emitted extends Record<string, any>>(socket: Socket<any, Emitted>, witness: Witness) {
  return function call<Name extends keyof Emitted & string>(
    name: Name,
    ...args: Sent<Emitted[Name]>
  ): Promise<Answer<Emitted[Name]>> {
    const ended = witness(name, args);
    return new Promise((resolve, reject) => {
      const settle = (late: Error | null, ...answer: unknown[]) => {
        ended(late ?? answer);
        if (late) reject(late);
        else resolve(answer as Answer<Emitted[Name]>);
      };
      // What is emitted while the connection is away would be kept, and sent later to a room that the socket is not in.
      if (!socket.connected) return settle(new Error("not connected"));
      // The library's types know the events one by one, and not as a parameter: inside this function they are left behind.
      (socket as unknown as Socket).timeout(LIMIT).emit(name, ...args, settle);
    });
  };
}
