package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"rsc.io/qr"
)

// quiet is the width of the white border that scanners need, in modules.
//
// Source: ISO/IEC 18004, quiet zone.
const quiet = 4

// code is a QR code as a drawing: one line of one module's width that is put
// down for each run of black modules.
type code struct {
	Side int // with the border, in modules
	Path string
}

// newCode returns the QR code that says text; nil if there is nothing to say or
// no code can hold it.
func newCode(text string) *code {
	if text == "" {
		return nil
	}
	c, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil
	}
	var path strings.Builder
	for y := range c.Size {
		pen := -1 // where the line ended that was drawn last in this row
		for x := 0; x < c.Size; x++ {
			if !c.Black(x, y) {
				continue
			}
			from := x
			for c.Black(x+1, y) {
				x++
			}
			if pen < 0 {
				path.WriteString("M" + strconv.Itoa(quiet+from) + " " + strconv.Itoa(quiet+y) + ".5")
			} else {
				path.WriteString("m" + strconv.Itoa(from-pen) + " 0")
			}
			pen = x + 1
			path.WriteString("h" + strconv.Itoa(pen-from))
		}
	}
	return &code{Side: c.Size + 2*quiet, Path: path.String()}
}

// desktop reports whether the browser of r seems to be on something else than a
// phone: there a code can be scanned.
func desktop(r *http.Request) bool {
	if r.Header.Get("Sec-CH-UA-Mobile") == "?1" {
		return false
	}
	name := r.UserAgent()
	for _, phone := range []string{"Mobi", "Android", "iPhone"} {
		if strings.Contains(name, phone) {
			return false
		}
	}
	return true
}
