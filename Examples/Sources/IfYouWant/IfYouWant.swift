import Recurrent

/// Teaches an Elman cell a sentence: ` if you want you`, shifted by one character.
@main
enum IfYouWant {
  static func main() {
    let text = Array(" if you want you")
    let characters = Array(Set(text)).sorted()
    let ids = Dictionary(uniqueKeysWithValues: zip(characters, Int32(0)...))
    let sentence = text.compactMap { ids[$0] }
    let (input, target) = (Array(sentence.dropLast()), Array(sentence.dropFirst()))

    var initialiser = ParameterInitialiser(seed: 1)
    var model = RecurrentStack(
      Elman(), input: characters.count, hidden: characters.count, initialiser: &initialiser)
    var optimizer = Optimizer(.adam(), for: model)
    let state = model.zeroState(batch: 1)
    let sequence = SequenceInput.tokens(input, batch: 1, time: input.count, embedding: nil)

    for step in 1...100 {
      let (loss, gradients) = valueAndGradient(of: model) {
        $0(sequence, state: state).output.softmaxCrossEntropy(target)
      }
      optimizer.update(&model, gradients, rate: 0.1)
      if step % 10 == 0 {
        let answer = model(sequence, state: state).output.indicesOfLargest().map { characters[Int($0)] }
        print("step \(step)  loss \(loss.scalar)  \(String(answer))")
      }
    }
    let answer = model(sequence, state: state).output.indicesOfLargest()
    precondition(answer == target, "the network did not learn the sentence")
  }
}
