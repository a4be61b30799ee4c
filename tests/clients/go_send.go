// Sends a message with Go's net/smtp, which upgrades to TLS whenever that is offered.
//
// usage: send ADDRESS SENDER RECIPIENT... <MESSAGE
package main

import (
	"fmt"
	"io"
	"net/smtp"
	"os"
)

func main() {
	content, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = smtp.SendMail(os.Args[1], nil, os.Args[2], os.Args[3:], content)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
