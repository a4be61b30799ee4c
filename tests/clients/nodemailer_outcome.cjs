// Sends messages with nodemailer, and prints for each what the application hears of it, as JSON.
//
// Each line of standard input is a JSON object. transport: options of nodemailer.createTransport,
// in the first line only. message: options of sendMail.

"use strict";

const readline = require("node:readline");
const nodemailer = require("nodemailer");

async function main() {
  let transport;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const job = JSON.parse(line);
    transport = transport || nodemailer.createTransport(job.transport);
    let outcome;
    try {
      const info = await transport.sendMail(job.message);
      outcome = { accepted: info.accepted, rejected: info.rejected };
    } catch (error) {
      outcome = { code: error.code, responseCode: error.responseCode };
    }
    console.log(JSON.stringify(outcome));
  }
  transport.close();
}

main();
