# Sends the message on standard input with Ruby's Net::SMTP over TLS.
#
# usage: ruby_send.rb HOST PORT starttls|implicit SENDER RECIPIENT [MECHANISM USER SECRET]
require "net/smtp"

host, port, how, sender, recipient, mechanism, user, secret = ARGV
smtp = Net::SMTP.new(host, port.to_i)
how == "implicit" ? smtp.enable_tls : smtp.enable_starttls
$stdin.binmode
message = $stdin.read
smtp.start("client.example.com", user, secret, mechanism&.to_sym) do |session|
  session.send_message(message, sender, [recipient])
end
