// Sends the messages of a job, a JSON object on standard input, with nodemailer.
//
// transport: options of nodemailer.createTransport. messages: options of sendMail, and `octets`,
// the message in base64. composed: options of a message that nodemailer composes by itself; its
// octets are printed in base64.

"use strict";

const fs = require("node:fs");
const nodemailer = require("nodemailer");
const MailComposer = require("nodemailer/lib/mail-composer");

async function main() {
  const job = JSON.parse(fs.readFileSync(0, "utf8"));
  const transport = nodemailer.createTransport(job.transport);
  const messages = (job.messages || []).map(({ octets, ...options }) => ({
    ...options,
    raw: Buffer.from(octets, "base64"),
  }));
  if (job.composed) {
    const node = new MailComposer(job.composed).compile();
    const raw = await node.build();
    messages.push({ raw, envelope: node.getEnvelope() });
    process.stdout.write(raw.toString("base64"));
  }
  await Promise.all(messages.map((message) => transport.sendMail(message)));
  transport.close();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
