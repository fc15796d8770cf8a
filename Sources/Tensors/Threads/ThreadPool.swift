import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that stay, and share the work of one call at a time.
///
/// No result depends on how many there are: work is cut so that every element is computed by the same operations in the
/// same order, whoever does it. A call made while the pool is at work (from another thread, or from within) is done by
/// its caller alone.
///
/// `@unchecked Sendable`: `job` is written by the caller that holds `busy` and read by workers after they have seen
/// `generation` change, which orders the two.
public final class ThreadPool: @unchecked Sendable {
  public static let shared = ThreadPool()

  /// The number of processors that this process may use.
  public static var processors: Int { Int(rn_processors()) }

  private var job: ((Int) -> Void)?
  private var workers = 0
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let limit: Atomic<Int>
  private let busy = Atomic(false)
  /// The number of the latest job times 2^16, plus its members: one word, so that a worker that is not a member never
  /// looks at a job that nobody keeps alive for it.
  private let generation = Atomic(0)
  private let remaining = Atomic(0)
  private let sleepers = Atomic(0)

  private init() {
    limit = Atomic(Self.processors)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
  }

  /// How many threads share work, the caller's included. Changes speed, never results.
  public var threads: Int {
    get { limit.load(ordering: .relaxed) }
    set { limit.store(max(1, min(newValue, 256)), ordering: .relaxed) }
  }

  /// How many threads a call would get now: all, or its own where the pool is taken.
  package var available: Int { busy.load(ordering: .relaxed) ? 1 : threads }

  /// Runs `body(0)` to `body(members - 1)` at the same time, on as many threads, and waits for them. `members` is
  /// `threads`, at most `wanted`, or 1 where the pool is taken; `body` gets it as its second argument.
  package func team(_ wanted: Int, _ body: (_ member: Int, _ members: Int) -> Void) {
    let members = min(wanted, threads)
    guard members > 1, !busy.exchange(true, ordering: .acquiring) else { return body(0, 1) }
    withoutActuallyEscaping(body) { body in
      while workers < members - 1 { startWorker() }
      job = { body($0, members) }
      remaining.store(members - 1, ordering: .relaxed)
      let number = (generation.load(ordering: .relaxed) >> 16) + 1
      generation.store(number << 16 | members, ordering: .sequentiallyConsistent)
      if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
      }
      body(0, members)
      Spin.until { remaining.load(ordering: .acquiring) == 0 }
      job = nil
    }
    busy.store(false, ordering: .releasing)
  }

  /// Runs `body` for each task, handing out one after another to whichever thread is free.
  package func forEach(_ tasks: Int, _ body: (Int) -> Void) {
    guard tasks > 1, threads > 1 else {
      for task in 0..<tasks { body(task) }
      return
    }
    let next = Atomic(0)
    team(tasks) { _, _ in
      while true {
        let task = next.add(1, ordering: .relaxed).oldValue
        if task >= tasks { return }
        body(task)
      }
    }
  }

  private func startWorker() {
    workers += 1
    let member = workers
    let seen = generation.load(ordering: .relaxed)
    let start = Unmanaged.passRetained(Start(pool: self, member: member, seen: seen)).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let status = pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        #else
          guard let argument else { return nil }
          let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        #endif
        start.pool.work(as: start.member, seen: start.seen)
        return nil
      }, start)
    precondition(status == 0, "a thread could not be started (error \(status)); try fewer with --threads")
    #if canImport(Darwin)
      if let thread { pthread_detach(thread) }
    #else
      pthread_detach(thread)
    #endif
  }

  private final class Start {
    let pool: ThreadPool
    let member: Int
    let seen: Int

    init(pool: ThreadPool, member: Int, seen: Int) {
      self.pool = pool
      self.member = member
      self.seen = seen
    }
  }

  private func work(as member: Int, seen: Int) {
    var seen = seen
    while true {
      waitForWork(after: seen)
      seen = generation.load(ordering: .acquiring)
      guard member < seen & 0xffff else { continue }
      run(member)
      remaining.subtract(1, ordering: .releasing)
    }
  }

  /// A function of its own, so that the job is no longer held when its caller is told.
  @inline(never)
  private func run(_ member: Int) { job?(member) }

  /// Spins for some tens of microseconds, the distance between two parallel parts of a step, then sleeps.
  private func waitForWork(after seen: Int) {
    for _ in 0..<4096 {
      if generation.load(ordering: .acquiring) != seen { return }
      rn_pause()
    }
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen { pthread_cond_wait(wake, mutex) }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
  }
}
