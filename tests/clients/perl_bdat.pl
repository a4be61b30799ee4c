# Sends the message on standard input as binary, in chunks of 1000 octets, with Perl's Net::SMTP, and
# asks for delivery reports.
#
# usage: perl_bdat.pl HOST PORT SENDER RECIPIENT
use strict;
use warnings;
use Net::SMTP;

my ($host, $port, $sender, $recipient) = @ARGV;
my $smtp = Net::SMTP->new($host, Port => $port, Timeout => 20) or die "no connection: $@";
binmode STDIN;
my $message = do { local $/; <STDIN> };
$smtp->mail($sender, Return => "HDRS", ENVID => "Aa+2B", Bits => "binary") or die $smtp->message;
$smtp->to($recipient, { Notify => ["FAILURE", "DELAY"], ORcpt => "rfc822;$recipient" })
    or die $smtp->message;
while (length $message > 1000) {
    $smtp->bdat(substr $message, 0, 1000, "") or die $smtp->message;
}
$smtp->bdatlast($message) or die $smtp->message;
$smtp->quit();
