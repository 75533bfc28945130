// Sends one ticket's events to the address given, each in a mode of its own, and prints the answers.
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from "cloudevents";

const [url] = process.argv.slice(2);
const source = "/node/desk";
const subject = 'T-1 "urgent"';

const opening = new CloudEvent({
  id: "1", source, subject, type: "ticket.opened",
  data: { policy: "portaone", severity: "P1", title: "Grün, \u20ac" },
});
const reply = new CloudEvent({ id: "2", source, subject, type: "ticket.agent_replied", data: {} });
const acknowledged = new CloudEvent({ id: "3", source, subject, type: "ticket.acknowledged" });
const packed = new CloudEvent({
  id: "4", source, subject, type: "ticket.updated",
  data_base64: Buffer.from('{"title": "Packed"}').toString("base64"),
  datacontenttype: "application/json",
});

async function send(message) {
  const { headers, body } = message;
  const answer = await fetch(url, { method: "POST", headers, body });
  return { status: answer.status, ...(await answer.json()) };
}

const emit = emitterFor(httpTransport(url), { mode: Mode.STRUCTURED });
const answers = [];
answers.push(JSON.parse((await emit(opening)).body));
answers.push(await send(HTTP.structured(opening)));
answers.push(await send(HTTP.binary(reply)));
answers.push(await send(HTTP.binary(acknowledged)));
answers.push(await send(HTTP.structured(packed)));
answers.push(await send({
  headers: { "Content-Type": "application/cloudevents-batch+json" },
  body: JSON.stringify([reply, acknowledged, packed]),
}));
process.stdout.write(JSON.stringify(answers));
