import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Thrown once a run has ended in good order because of SIGINT or SIGTERM.
struct EndedBySignal: Error {
  let number: Int32
}

private let received = Atomic<Int32>(0)

/// Ctrl-C and SIGTERM as a wish that training looks at between steps; the second one ends the program at once.
enum Signals {
  static func catchStops() {
    // A parent may have left them blocked.
    var stops = sigset_t()
    sigemptyset(&stops)
    sigaddset(&stops, SIGINT)
    sigaddset(&stops, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &stops, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        let (exchanged, _) = received.compareExchange(expected: 0, desired: number, ordering: .relaxed)
        if !exchanged { _exit(128 + number) }
      }
    }
  }

  /// The signal that asked to stop, if one did.
  static var stop: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }
}
