fn main() {
    afterimage_web::run();
}
