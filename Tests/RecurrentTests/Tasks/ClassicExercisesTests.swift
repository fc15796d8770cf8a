import Recurrent
import Testing

/// Exercises that many courses begin with: Elman cells, Adam at rate 0.1, 100 steps. Each for three seeds.
@Suite struct ClassicExercisesTests {
  /// Trains one layer whose state is the vector of logits, and gives its answer.
  private func answer(_ text: String, _ target: String, seed: UInt64) -> String {
    let characters = Array(Set(text + target)).sorted()
    let ids = Dictionary(uniqueKeysWithValues: zip(characters, Int32(0)...))
    let (input, wanted) = (text.compactMap { ids[$0] }, target.compactMap { ids[$0] })
    var initialiser = ParameterInitialiser(seed: seed)
    var model = RecurrentStack(Elman(), input: characters.count, hidden: characters.count, initialiser: &initialiser)
    var optimizer = Optimizer(.adam(), for: model)
    let sequence = SequenceInput.tokens(input, batch: 1, time: input.count, embedding: nil)
    let state = model.zeroState(batch: 1)
    for _ in 0..<100 {
      let gradients = valueAndGradient(of: model) {
        $0(sequence, state: state).output.softmaxCrossEntropy(wanted)
      }.gradients
      optimizer.update(&model, gradients, rate: 0.1)
    }
    return String(model(sequence, state: state).output.indicesOfLargest().map { characters[Int($0)] })
  }

  @Test(arguments: [UInt64(1), 2, 3]) func hihell(_ seed: UInt64) {
    #expect(answer("hihell", "ihello", seed: seed) == "ihello")
  }

  @Test(arguments: [UInt64(1), 2, 3]) func ifYouWant(_ seed: UInt64) {
    #expect(answer(" if you want yo", "if you want you", seed: seed) == "if you want you")
  }

  @Test(arguments: [UInt64(1), 2, 3]) func buildAShip(_ seed: UInt64) {
    let sentence =
      "if you want to build a ship, don't drum up people together to collect wood and don't assign them tasks and "
      + "work, but rather teach them to long for the endless immensity of the sea."
    let characters = Array(Set(sentence)).sorted()
    let ids = Dictionary(uniqueKeysWithValues: zip(characters, Int32(0)...))
    let tokens = sentence.compactMap { ids[$0] }
    let starts = Array(0..<tokens.count - 10)
    let targets = starts.flatMap { tokens[$0 + 1...$0 + 10] }
    let batch = SequenceInput.tokens(
      starts.flatMap { tokens[$0..<$0 + 10] }, batch: starts.count, time: 10, embedding: nil)
    var initialiser = ParameterInitialiser(seed: seed)
    var model = TwoLayersAndALine(
      recurrent: RecurrentStack(
        Elman(), input: characters.count, hidden: characters.count, layers: 2, initialiser: &initialiser),
      output: Linear(inputs: characters.count, outputs: characters.count, initialiser: &initialiser))
    var optimizer = Optimizer(.adam(), for: model)
    for _ in 0..<100 {
      let gradients = valueAndGradient(of: model) { $0(batch).softmaxCrossEntropy(targets) }.gradients
      optimizer.update(&model, gradients, rate: 0.1)
    }
    let answers = model(batch).indicesOfLargest()
    let text = answers[..<10] + starts.dropFirst().map { answers[$0 * 10 + 9] }
    // The first window's characters have little before them; all others are right.
    #expect(Array(text.dropFirst(10)) == Array(tokens.dropFirst(11)))
  }

  private struct TwoLayersAndALine: Module {
    var recurrent: RecurrentStack
    var output: Linear

    func callAsFunction(_ x: SequenceInput) -> Tensor {
      output(recurrent(x, state: recurrent.zeroState(batch: x.batch)).output)
    }

    mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
      try recurrent.visitParameters(under: "recurrent", visit)
      try output.visitParameters(under: "output", visit)
    }
  }
}
