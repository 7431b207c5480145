// Packets of Socket.IO that are sent as they stand, by hand and by engine.io-client: some that official clients send, and
// some that none does.

export const packets = {
  "an event without payload": ["42"],
  "an acknowledgement without payload": ["431"],
  "an acknowledgement that is not a list": ["431{}"],
  "an acknowledgement that is not awaited": ["431[]"],
  "a refusal from a client": ["44"],
  "a refusal from a client, with a message": ['44{"message":"no"}'],
  "a connect packet for a joined namespace": ["40"],
  "a connect packet with a list": ["40/chat,[]"],
  "a disconnect packet with data": ["41{}"],
  "no attachments": ['450-["echo"]'],
  "attachments without number": ['45-["echo"]'],
  "eleven attachments": ['4511-["echo"]'],
  "a space before the list": ['42 ["echo",1]'],
  "a space before the id": ['42 1["echo",1]'],
  "a space inside the id": ['421 2["echo",1]'],
  "zeros before the id": ['42007["echo",1]'],
  "an acknowledgement with a space": ['43 1["x"]'],
  ...Object.fromEntries(
    ["1.0", "1e0", "0x1", " 1", "01", "1.5", "-1", "1n"].map((count) => [
      `${JSON.stringify(count)} attachments`,
      [`45${count}-["describe",{"_placeholder":true,"num":0}]`, Buffer.from([1])],
    ]),
  ),
  "a placeholder without its attachment": ['451-["echo",{"_placeholder":true,"num":1}]', Buffer.from([1])],
  "a placeholder without number": ['451-["echo",{"_placeholder":true}]', Buffer.from([1])],
  "bytes that no packet announced": [Buffer.from([1])],
  "text where bytes are due": ['451-["echo",{"_placeholder":true,"num":0}]', '42["echo"]'],
  "an event for a namespace that was not joined": ['42/chat,["echo"]'],
  "an event that is not JSON": ["42[x"],
  "an event that is not a list": ["42{}"],
  "a reserved name": ['42["connect"]'],
  "an unknown kind of packet": ["49"],
  "an empty packet": ["4"],
};
