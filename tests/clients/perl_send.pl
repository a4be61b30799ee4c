# Sends the message on standard input with Perl's Net::SMTP over TLS.
#
# usage: perl_send.pl HOST PORT starttls|implicit CA SENDER RECIPIENT [MECHANISM USER SECRET]
use strict;
use warnings;
use Authen::SASL;
use Net::SMTP;

my ($host, $port, $how, $ca, $sender, $recipient, $mechanism, $user, $secret) = @ARGV;
my %trust = (SSL_ca_file => $ca, SSL_verifycn_name => $host, SSL_hostname => $host);
my $smtp = Net::SMTP->new($host, Port => $port, SSL => $how eq "implicit", Timeout => 20, %trust)
    or die "no connection: $@";
$smtp->starttls(%trust) or die "no TLS: " . $smtp->message if $how eq "starttls";
if ($mechanism) {
    my $sasl = Authen::SASL->new(
        mechanism => $mechanism,
        callback  => { user => $user, pass => $secret, authname => "" }
    );
    $smtp->auth($sasl) or die "not logged in: " . $smtp->message;
}
binmode STDIN;
my $message = do { local $/; <STDIN> };
$smtp->mail($sender)    or die $smtp->message;
$smtp->to($recipient)   or die $smtp->message;
$smtp->data()           or die $smtp->message;
$smtp->datasend($message);
$smtp->dataend()        or die $smtp->message;
$smtp->quit();
