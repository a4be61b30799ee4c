// Sends one message with nodemailer and prints what the application hears of it, as JSON.
//
// The job is a JSON object on standard input. transport: options of nodemailer.createTransport.
// message: options of sendMail.

"use strict";

const fs = require("node:fs");
const nodemailer = require("nodemailer");

async function main() {
  const job = JSON.parse(fs.readFileSync(0, "utf8"));
  const transport = nodemailer.createTransport(job.transport);
  let outcome;
  try {
    const info = await transport.sendMail(job.message);
    outcome = { accepted: info.accepted, rejected: info.rejected };
  } catch (error) {
    outcome = { code: error.code, responseCode: error.responseCode };
  }
  transport.close();
  console.log(JSON.stringify(outcome));
}

main();
