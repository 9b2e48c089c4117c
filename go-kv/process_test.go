package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// beTheServer makes the test binary run main, so that the tests below watch a
// real process without building another binary.
const beTheServer = "GO_KV_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(beTheServer) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is the server as its parent sees it.
type process struct {
	listening
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
	stderr strings.Builder
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], args...)}
	p.cmd.Env = append(os.Environ(), beTheServer+"=1")
	p.cmd.Stderr = &p.stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin, p.stdout = stdin, bufio.NewReader(stdout)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killer := time.AfterFunc(guard, func() { _ = p.cmd.Process.Kill() })
	t.Cleanup(func() {
		killer.Stop()
		_ = p.cmd.Process.Kill()
	})
	return p
}

// serve starts a process and reads its first line.
func serve(t *testing.T, args ...string) *process {
	t.Helper()
	p := start(t, args...)
	line, err := p.stdout.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(line, &p.listening); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return p
}

// exit waits for the end of the process and returns what is left of its standard
// output, its standard error and its exit status.
func (p *process) exit() (stdout, stderr string, status int) {
	p.t.Helper()
	out, err := io.ReadAll(p.stdout)
	if err != nil {
		p.t.Fatal(err)
	}
	var failed *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &failed) {
		p.t.Fatal(err)
	}
	return string(out), p.stderr.String(), p.cmd.ProcessState.ExitCode()
}

// exitsCleanly checks that the process ends with status 0 and nothing to say.
func (p *process) exitsCleanly() {
	p.t.Helper()
	begin := time.Now()
	stdout, stderr, status := p.exit()
	if stdout != "" || stderr != "" || status != 0 {
		p.t.Errorf("exit %d, stdout %q, stderr %q", status, stdout, stderr)
	}
	p.t.Logf("exit after %v", time.Since(begin).Round(time.Millisecond))
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func TestListeningLine(t *testing.T) {
	t.Parallel()
	p := serve(t, "--workers", "1")
	if p.Event != "listening" || p.Name != "go-kv" || p.Version != version || p.Workers != 1 || p.PID != p.cmd.Process.Pid {
		t.Errorf("%+v from process %d", p.listening, p.cmd.Process.Pid)
	}
	c := dial(t, p.Addr)
	c.post("k=v").is(t, 200, "Key inserted")
	c.get("/k").is(t, 200, "v")

	admin := dial(t, p.AdminAddr)
	admin.get("/health").is(t, 200, "ok")
	info := admin.runtime()
	if info.PID != p.PID || info.Workers != 1 || info.Keys != 1 || info.Counters != (counts{Connections: 1, Gets: 1, Posts: 1}) {
		t.Errorf("%+v", info)
	}
	// Both connections are idle now, which must not keep the process.
	p.signal(syscall.SIGTERM)
	p.exitsCleanly()
}

func TestDefaultWorkers(t *testing.T) {
	t.Parallel()
	p := serve(t)
	if want := runtime.GOMAXPROCS(0); p.Workers != want {
		t.Errorf("%d workers, want %d", p.Workers, want)
	}
	p.signal(syscall.SIGINT)
	p.exitsCleanly()
}

func TestEndOfStdin(t *testing.T) {
	t.Parallel()
	p := serve(t)
	if err := p.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	p.exitsCleanly()
}

// A request under way is answered, and its connection closed, after a signal.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := serve(t)
	c := dial(t, p.Addr)
	// 100 Continue shows that the handler has begun to read.
	c.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
	if line := c.line() + c.line(); line != "HTTP/1.1 100 Continue" {
		t.Fatal(line)
	}
	// An idle connection is closed once the drain has begun.
	idle := dial(t, p.Addr)
	idle.get("/k").is(t, 404, "Key not found")
	p.signal(syscall.SIGTERM)
	idle.rest()
	c.send("k=v")
	c.answer("POST").is(t, 200, "Key inserted", "Connection: close")
	p.exitsCleanly()
}

// Clients that never finish must not keep the process, nor a second signal make
// it fail.
func TestStalledClients(t *testing.T) {
	t.Parallel()
	p := serve(t)
	dial(t, p.Addr)
	dial(t, p.AdminAddr)
	dial(t, p.Addr).send("GET /k HTTP/1.1\r\nHo")
	body := dial(t, p.Addr)
	body.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
	if line := body.line(); line != "HTTP/1.1 100 Continue" {
		t.Fatal(line)
	}
	p.signal(syscall.SIGINT)
	p.signal(syscall.SIGTERM)
	p.exitsCleanly()
}

func TestNullProcess(t *testing.T) {
	t.Parallel()
	p := serve(t, "--null", "5", "--workers", "1")
	if p.Event != "listening" || p.Name != "go-kv" || p.Workers != 1 {
		t.Errorf("%+v", p.listening)
	}
	c := dial(t, p.Addr)
	c.post("k=v").is(t, 200, "Key inserted")
	c.get("/k").is(t, 200, "xxxxx")

	admin := dial(t, p.AdminAddr)
	admin.get("/health").is(t, 200, "ok")
	info := admin.runtime()
	if info.Keys != 0 || info.Counters != (counts{Connections: 1, Gets: 1, Posts: 1}) {
		t.Errorf("%+v", info)
	}
	if err := p.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	p.exitsCleanly()
}

// The null server drains as the real one does.
func TestNullDrain(t *testing.T) {
	t.Parallel()
	p := serve(t, "--null", "5")
	// The answer to what precedes the half shows that the half has arrived as well.
	head, body, idle := dial(t, p.Addr), dial(t, p.Addr), dial(t, p.Addr)
	head.send("GET /k HTTP/1.1\r\n\r\nGET /k HT")
	head.answer("GET").is(t, 200, "xxxxx")
	body.send("GET /k HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nk")
	body.answer("GET").is(t, 200, "xxxxx")
	idle.get("/k").is(t, 200, "xxxxx")
	p.signal(syscall.SIGTERM)
	if rest := idle.rest(); rest != "" {
		t.Errorf("%q on an idle connection", rest)
	}
	head.send("TP/1.1\r\n\r\n")
	head.answer("GET").is(t, 200, "xxxxx", "Connection: close")
	body.send("=v")
	body.answer("POST").is(t, 200, "Key inserted", "Connection: close")
	p.exitsCleanly()
}

func TestNullStalledClients(t *testing.T) {
	t.Parallel()
	p := serve(t, "--null", fmt.Sprint(maxNull))
	dial(t, p.Addr)
	half := dial(t, p.Addr)
	half.send("GET /k HTTP/1.1\r\n\r\nGET /k HT")
	half.answer("GET")
	// It asks for far more than buffers hold and reads none of it.
	dial(t, p.Addr).send(strings.Repeat("GET /k HTTP/1.1\r\n\r\n", 100))
	p.signal(syscall.SIGTERM)
	p.exitsCleanly()
}

func TestTakenPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, name := range []string{"--addr", "--admin-addr"} {
		stdout, stderr, status := start(t, name, taken.Addr().String()).exit()
		want := regexp.MustCompile(`^go-kv: listen tcp 127\.0\.0\.1:\d+: bind: address already in use\n$`)
		if stdout != "" || status != 1 || !want.MatchString(stderr) {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", name, status, stdout, stderr)
		}
	}
}

func TestBadFlag(t *testing.T) {
	t.Parallel()
	stdout, stderr, status := start(t, "--port", "80").exit()
	const want = "go-kv: flag provided but not defined: -port\nTry 'go-kv --help'.\n"
	if stdout != "" || stderr != want || status != 2 {
		t.Errorf("exit %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ arg, want string }{
		{"--help", usage},
		{"--version", "go-kv 0.1.0\n"},
	} {
		stdout, stderr, status := start(t, tt.arg).exit()
		if stdout != tt.want || stderr != "" || status != 0 {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", tt.arg, status, stdout, stderr)
		}
	}
}
